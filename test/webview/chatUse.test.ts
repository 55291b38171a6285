import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ChatPage, HEADING, answerOf, bundle, launch, openChatPage, questionOf, threadOf } from './chatPage.ts';

const browser = await launch();

describe.skipIf(!browser)('using the chat', () => {
  let chat: ChatPage;
  beforeAll(async () => {
    if (browser) chat = await openChatPage(browser, await bundle());
  });
  beforeEach(async () => {
    await chat.reset();
    await chat.tell({ type: 'heading', heading: HEADING });
    return async () => {
      await chat.told();
      // oxlint-disable-next-line vitest/no-standalone-expect -- it belongs to every test
      expect(chat.wrong).toEqual([]);
    };
  });
  afterAll(async () => browser?.close());

  const input = () => chat.page.getByRole('textbox', { name: 'Question', exact: true });
  const press = async (name: string) => chat.page.getByRole('button', { name, exact: true }).first().click();

  it('sends with Enter, breaks the line with Shift+Enter, and sends nothing when there is nothing', async () => {
    await input().press('Enter');
    await input().pressSequentially('one');
    await input().press('Shift+Enter');
    await input().pressSequentially('two');
    await input().press('Enter');
    expect(await chat.told()).toEqual([{ type: 'ask', text: 'one\ntwo' }]);
    expect(await input().inputValue()).toBe('');
  });

  it('keeps a draft across a reload', async () => {
    await input().fill('half a thou');
    await chat.page.reload();
    await chat.tell({ type: 'input', passages: [], focus: false, text: 'an older one' });
    expect(await input().inputValue()).toBe('half a thou');
  });

  it('edits the last question with Up in the empty box, resends with Enter and gives up with Escape', async () => {
    await chat.tell(
      threadOf(questionOf('first'), answerOf('x'), questionOf('second', { id: 'q2' }), answerOf('y', { id: 'a2' })),
    );
    await input().press('ArrowUp');
    const edit = chat.page.getByRole('textbox', { name: 'Edit the question' });
    expect(await edit.inputValue()).toBe('second');
    await edit.press('Escape');
    expect(await edit.count()).toBe(0);
    await input().press('ArrowUp');
    await edit.fill('third');
    await edit.press('Enter');
    expect(await chat.told()).toEqual([{ type: 'resend', id: 'q2', text: 'third' }]);
  });

  it('stops with Escape and with the button, and asks nothing while an answer streams', async () => {
    await chat.tell(threadOf(questionOf('q'), answerOf('so far', { state: 'streaming' })));
    await input().fill('next');
    await input().press('Enter');
    await input().press('Escape');
    await press('Stop');
    expect(await chat.told()).toEqual([{ type: 'stop' }, { type: 'stop' }]);
    expect(await input().inputValue()).toBe('next');
  });

  it('says that a model has not answered for long, once to screen readers, and offers another', async () => {
    await chat.page.clock.install();
    await chat.reset();
    await chat.tell({ type: 'heading', heading: HEADING });
    await chat.tell(threadOf(questionOf('q'), answerOf('', { state: 'streaming' })));
    const waiting = chat.page.locator('.waiting');
    const spoken = chat.page.getByRole('status');
    await chat.page.clock.fastForward(10_000);
    expect(await waiting.innerText()).toBe('Waiting for the model');
    await chat.page.clock.fastForward(6000);
    await expect
      .poll(async () => waiting.innerText())
      .toMatch(/^The model has not answered for 1\d s\. It may be loading/u);
    await expect.poll(async () => spoken.innerText()).toMatch(/has not answered for 1\d s/u);
    await chat.picture('late');
    await chat.page.clock.fastForward(60_000);
    await expect.poll(async () => waiting.innerText()).toMatch(/for 7\d s/u);
    expect(await spoken.innerText()).toMatch(/for 1\d s/u);
    await press('Switch Model');
    expect(await chat.told()).toEqual([{ type: 'pickModel' }]);
    await chat.tell({ type: 'piece', id: 'a1', at: { text: 0, thinking: 0 }, text: 'Here.', thinking: '' });
    expect(await waiting.isVisible()).toBe(false);
  });

  it('says where the model runs: of the built-in engine, in the editor', async () => {
    const model = { label: 'SmolLM2', zone: 'device', builtin: true } as const;
    await chat.tell({ type: 'heading', heading: { ...HEADING, model } });
    await chat.tell(threadOf(answerOf('a', { model }), answerOf('b', { id: 'a2' })));
    expect(await chat.page.locator('.answer .zone').allInnerTexts()).toEqual(['In the editor', 'Device']);
    const picker = chat.page.getByRole('button', { name: 'Chat model: SmolLM2, runs in the editor' });
    expect(await picker.innerText()).toContain('In the editor');
    await chat.picture('builtin');
  });

  it('offers what to do with code, and passes it exactly', async () => {
    await chat.tell(threadOf(answerOf('```python\nif a < b and c > d:\n    pass\n```')));
    for (const name of ['Copy', 'Insert at Cursor', 'Replace Selection', 'New File']) await press(name);
    const code = 'if a < b and c > d:\n    pass\n';
    expect(await chat.told()).toEqual([
      { type: 'copy', text: code },
      { type: 'code', action: 'insert', code, language: 'python' },
      { type: 'code', action: 'replace', code, language: 'python' },
      { type: 'code', action: 'newFile', code, language: 'python' },
    ]);
  });

  it('copies and regenerates answers, and switches the model and the level', async () => {
    await chat.tell(threadOf(questionOf('q'), answerOf('a')));
    await press('Copy Answer');
    await press('Regenerate');
    await chat.page
      .getByRole('button', { name: /^Chat model: qwen2.5-coder:7b, runs on this machine/u })
      .press('Enter');
    await chat.page.getByRole('button', { name: /^Privacy level: Private-only/u }).press('Space');
    expect(await chat.told()).toEqual([
      { type: 'copyAnswer', id: 'a1' },
      { type: 'regenerate', id: 'a1' },
      { type: 'pickModel' },
      { type: 'showLevel' },
    ]);
  });

  it('offers the way into a chat that its past keeps from a model', async () => {
    const text = 'This chat carries private-only text, so this model cannot continue it.';
    const failure = { text, buttons: ['Switch Model', 'New Chat', 'Show What Is in It…'] };
    await chat.tell(threadOf(questionOf('q'), answerOf('', { state: 'failed', failure })));
    await press('Show What Is in It…');
    expect(await chat.told()).toEqual([{ type: 'mend', id: 'a1', button: 2 }]);
  });

  it('shows a failure in place with the buttons that mend it', async () => {
    const failure = { text: 'Ollama is not running.', buttons: ['Start Ollama', 'Switch Model'] };
    await chat.tell(threadOf(questionOf('q'), answerOf('Half an ans', { state: 'failed', failure })));
    expect(await chat.page.locator('.answer').innerText()).toMatch(/Half an ans[\s\S]*Ollama is not running\./u);
    await press('Start Ollama');
    await press('Switch Model');
    expect(await chat.told()).toEqual([
      { type: 'mend', id: 'a1', button: 0 },
      { type: 'mend', id: 'a1', button: 1 },
    ]);
  });

  it('says what is missing when there is no model', async () => {
    const setup = [{ text: 'OpenAI needs an API key.', button: 'Set Key' }, { text: 'Asking Ollama…' }];
    await chat.tell({ type: 'heading', heading: { level: 'private', levelTitle: '', setup } });
    await press('Set Key');
    await chat.page.getByRole('button', { name: 'No chat model. Choose a model' }).click();
    expect(await chat.told()).toEqual([{ type: 'setUp', entry: 0 }, { type: 'pickModel' }]);
  });

  it('attaches passages and lets go of them', async () => {
    await chat.tell({ type: 'input', focus: true, passages: [{ label: 'a.ts:1–9', title: 'src/a.ts, lines 1–9' }] });
    expect(await chat.page.evaluate('document.activeElement.ariaLabel')).toBe('Question');
    await press('Remove a.ts:1–9');
    expect(await chat.told()).toEqual([{ type: 'detach', passage: 0 }]);
  });

  it('offers examples in a new chat', async () => {
    await press('Write tests for it');
    expect(await chat.told()).toEqual([{ type: 'example', action: 'writeTests' }]);
  });

  it('announces the start, the end and errors, and not every token', async () => {
    const status = chat.page.getByRole('status');
    const said = async (text: string) => expect.poll(async () => status.innerText()).toBe(text);
    expect(await chat.page.getByRole('log').getAttribute('aria-live')).toBe('off');
    await chat.tell(threadOf(questionOf('q'), answerOf('', { state: 'streaming' })));
    await said('The answer is on its way.');
    await chat.tell({ type: 'piece', id: 'a1', at: { text: 0, thinking: 0 }, text: 'Forty-two.', thinking: '' });
    await said('The answer is on its way.');
    await chat.tell({ type: 'answer', answer: answerOf('Forty-two.') });
    await said('Answer: Forty-two.');
    await chat.tell(threadOf(questionOf('q'), answerOf('', { id: 'a2', state: 'streaming' })));
    const failure = { text: 'The server is busy.', buttons: [] };
    await chat.tell({ type: 'answer', answer: answerOf('', { id: 'a2', state: 'failed', failure }) });
    await said('The answer failed. The server is busy.');
  });

  it('names every control, and Tab reaches them in the order of reading', async () => {
    await chat.tell(threadOf(questionOf('q'), answerOf('```ts\nlet a;\n```')));
    const unnamed = await chat.page.evaluate(
      `[...document.querySelectorAll('button, textarea, pre, summary')].filter((e) => !(e.ariaLabel || e.innerText || e.closest('[aria-label]'))).length`,
    );
    expect(unnamed).toBe(0);
    const order: string[] = [];
    await chat.page.locator('.scroller').focus();
    for (let n = 0; n < 11; n += 1) {
      await chat.page.keyboard.press('Tab');
      order.push(await chat.page.evaluate(`document.activeElement.ariaLabel ?? document.activeElement.tagName`));
    }
    expect(order.map((name) => name.split(':')[0])).toEqual([
      'Edit and Resend',
      'Copy',
      'Insert at Cursor',
      'Replace Selection',
      'New File',
      'PRE',
      'Copy Answer',
      'Regenerate',
      'Question',
      'Chat model',
      'Privacy level',
    ]);
    const outline = await chat.page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`);
    expect(outline).toBe('solid');
  });
});
