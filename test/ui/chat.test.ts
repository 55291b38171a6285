import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Front, openFront } from '../peers/front.ts';
import { type OllamaPeer, type PeerModel, startOllamaPeer } from '../peers/ollama.ts';
import { HTML } from '../peers/recorder.ts';
import { type ChatView, openChat, savedChats } from './chatView.ts';
import type { Dom } from './dom.ts';
import { until } from './pages.ts';
import { type Scene, ollamaAt, openScene } from './scene.ts';

const NAME = 'tiny-chat:3b';
const ABILITIES = ['completion', 'thinking'];
/** Long enough to be met while it streams. */
const SLOWLY: Partial<PeerModel> = { tokens: Array.from({ length: 2000 }, (_, n) => `w${n} `), tokenMs: 20 };
const CODE = 'Here it is:\n\n```python\ndef twice(x):\n    return 2 * x\n```\n\nDone.';

describe('the chat', () => {
  let scene: Scene;
  let front: Front;
  let ollama: OllamaPeer;
  let chat: ChatView;

  beforeAll(async () => {
    [front, ollama] = await Promise.all([openFront(), startOllamaPeer()]);
    speak({});
    await front.lead(ollama);
    scene = await openScene({ settings: { 'switchyard.endpoints': [ollamaAt(front.url)] } });
    await scene.barSays(/Chat: tiny-chat:3b/u);
    chat = await openChat(scene.workbench);
  });
  afterAll(async () => {
    await scene.close();
    await front.lead();
    await ollama.stop();
  });
  beforeEach(async () => {
    await front.lead(ollama);
    ollama.fault(undefined);
    ollama.fault(undefined, '/api/chat');
    speak({});
  });

  /** What the model says from now on. */
  function speak(model: Partial<PeerModel>): void {
    ollama.models = [{ name: NAME, capabilities: ABILITIES, tokens: ['Hello', ' from', ' here.'], ...model }];
  }
  const requests = () => ollama.to('/api/chat');
  const lastBody = () => JSON.stringify(requests().at(-1)?.body ?? {});

  it('answers, names the model and where it runs, and folds its thoughts away', async () => {
    speak({ thoughts: ['Let me ', 'think.'] });
    await chat.ask('Hello?');
    expect(await chat.ended()).toBe('Hello from here.');
    expect(await chat.answers.last().getAttribute('aria-label')).toBe('Answer of tiny-chat:3b');
    expect(await chat.answers.last().locator('.message-head').innerText()).toMatch(/tiny-chat:3b\s*device/iu);
    const thoughts = chat.answers.last().locator('details.thoughts');
    expect(await thoughts.getAttribute('open')).toBeNull();
    expect(await thoughts.locator('summary').innerText()).toMatch(/Thought/u);
    await thoughts.locator('summary').click();
    expect(await thoughts.locator('.thoughts-text').innerText()).toBe('Let me think.');
  });

  it('keeps the text of an answer whose server was killed, says so, and answers again', async () => {
    speak(SLOWLY);
    await chat.ask('Count');
    await chat.says(/w5 /u);
    await front.lead();
    expect(await chat.ended()).toMatch(/^w0 w1 .*Ollama broke off before the answer was complete\./su);
    await chat.button('Show Log').waitFor();
    speak({});
    await chat.button('Regenerate').click();
    await chat.says(/^Ollama is not running at 127\.0\.0\.1:\d+\./u);
    await chat.button('Start Ollama').waitFor();
    await front.lead(ollama);
    await scene.workbench.command('Switchyard: Refresh the List of Models');
    await scene.barSays(/Chat: tiny-chat:3b/u);
    await chat.button('Regenerate').click();
    await chat.says(/Hello from here\./u);
  });

  it('has all of it after a reload, in the history too', async () => {
    await chat.startNew();
    speak(SLOWLY);
    await chat.ask('What survives a reload?');
    await chat.says(/w5 /u);
    await front.lead();
    await chat.ended();
    await front.lead(ollama);
    await until(async () => Promise.resolve(savedChats(scene.workbench).includes('broke off')));
    await scene.reload();
    chat = await openChat(scene.workbench);
    expect(await chat.ended()).toMatch(/^w0 w1 .*broke off/su);
    expect(await chat.questions.last().innerText()).toContain('What survives a reload?');
    await scene.workbench.command('Switchyard: Chat History…');
    const rows = await scene.workbench.quickPickRows();
    expect(rows.map(({ label }) => label)).toEqual(['What survives a reload?', 'Hello?']);
    await scene.workbench.pick('Hello?');
    await chat.questions.filter({ hasText: 'Count' }).waitFor();
  });

  it('stops an answer that does not come, by button and by Escape', async () => {
    await chat.startNew();
    ollama.fault({ kind: 'hang' }, '/api/chat');
    await chat.ask('Are you there?');
    await chat.page.getByText('Waiting for the model').waitFor();
    await until(async () => Promise.resolve(lastBody().includes('Are you there?')));
    const held = requests().at(-1);
    await chat.button('Stop').click();
    expect(await chat.ended()).toBe('Stopped.');
    expect(await held?.closed).toBe(true);
    const before = requests().length;
    await chat.ask('And now?');
    await until(async () => Promise.resolve(requests().length > before));
    await chat.input.press('Escape');
    expect(await chat.ended()).toBe('Stopped.');
    expect(await requests().at(-1)?.closed).toBe(true);
  });

  it('says what is wrong with an answer, with the button that mends it', async () => {
    await chat.startNew();
    ollama.fault(HTML, '/api/chat');
    await chat.ask('Speak Ollama?');
    expect(await chat.ended()).toMatch(/does not speak Ollama’s protocol/u);
    await chat.button('Open Settings').waitFor();

    const body = JSON.stringify({ error: `model '${NAME}' not found` });
    ollama.fault({ kind: 'answer', status: 404, body }, '/api/chat');
    await chat.ask('Still there?');
    expect(await chat.ended()).toContain(`Ollama does not have ${NAME}.`);
    await chat.button(`Pull ${NAME}`).click();
    await scene.titled('Pull a Model to Ollama');
    await scene.workbench.closeQuickPick();

    const memory = 'llama runner process has terminated: cudaMalloc failed: out of memory';
    ollama.fault({ kind: 'answer', status: 500, body: JSON.stringify({ error: memory }) }, '/api/chat');
    await chat.ask('Do you fit?');
    expect(await chat.ended()).toMatch(/stopped on Ollama: it may not fit into memory\./u);
    await chat.button('Switch Model').click();
    await scene.titled('Switch the Model for Chat');
    await scene.workbench.closeQuickPick();
  });

  it('says that a question is too long for the model', async () => {
    await chat.startNew();
    speak({ contextLength: 64 });
    await scene.workbench.command('Switchyard: Refresh the List of Models');
    await chat.ask('long '.repeat(400));
    expect(await chat.ended()).toMatch(/takes|longer|left out/u);
    speak({});
    await scene.workbench.command('Switchyard: Refresh the List of Models');
  });

  it('regenerates, edits and resends; what followed is gone', async () => {
    await chat.startNew();
    await chat.ask('First');
    await chat.ended();
    speak({ tokens: ['Another.'] });
    await chat.button('Regenerate').click();
    await chat.says(/^Another\.$/u);
    expect(await chat.answers.count()).toBe(1);
    await chat.ask('Second');
    await chat.ended();
    await chat.input.press('ArrowUp');
    const box = chat.page.getByRole('textbox', { name: 'Edit the question' });
    expect(await box.inputValue()).toBe('Second');
    speak({ tokens: ['To the third.'] });
    await box.fill('Third');
    await box.press('Enter');
    await chat.says(/^To the third\.$/u);
    expect(await chat.questions.allInnerTexts()).toEqual(['First', 'Third']);
    expect(lastBody()).toContain('Third');
    expect(lastBody()).not.toContain('Second');
  });

  it('works by the keyboard alone', async () => {
    await chat.startNew();
    const { keyboard } = scene.workbench.page;
    await scene.workbench.openFile('greet.ts');
    await keyboard.press('Control+Alt+i');
    await chat.page.locator('textarea:focus').waitFor();
    await keyboard.type('one', { delay: 30 });
    await keyboard.press('Shift+Enter');
    await keyboard.type('two', { delay: 30 });
    await keyboard.press('Enter');
    await chat.answers.first().waitFor();
    await chat.ended();
    expect(lastBody()).toContain(String.raw`one\ntwo`);
    const reached: string[] = [];
    for (let presses = 0; presses < 4; presses += 1) {
      await keyboard.press('Shift+Tab');
      const name = await chat.page
        .locator(':focus')
        .first()
        .evaluate((element: Dom) => element.getAttribute('aria-label') ?? element.textContent);
      reached.push(name ?? '');
    }
    expect(reached).toEqual(['Regenerate', 'Copy Answer', 'Edit and Resend', 'Conversation']);
  });

  it.each([
    ['Explain', 'def total'],
    ['Fix', 'def total'],
    ['Write Tests', 'def total'],
    ['Document', 'def total'],
  ])('does “%s” on the code at the cursor', async (title, code) => {
    await chat.startNew();
    await scene.workbench.openFile('sums.py');
    await scene.workbench.cursorAt(2, 5);
    await scene.workbench.command(`Switchyard: ${title}`);
    expect(await chat.ended()).toBe('Hello from here.');
    expect(await chat.questions.last().innerText()).toContain('sums.py');
    expect(lastBody()).toContain(code);
  });

  it('does it from the context menu and by key', async () => {
    await chat.startNew();
    await scene.workbench.openFile('sums.py');
    await scene.workbench.cursorAt(2, 5);
    const { page } = scene.workbench;
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menuitem', { name: 'Switchyard' }).click();
    const explain = page.locator('.monaco-submenu').getByRole('menuitem', { name: /^Explain/u });
    await explain.waitFor();
    // VS Code takes no click for a moment after a menu opened.
    await scene.workbench.until('the menu to close', async () => {
      if (await explain.isVisible()) await explain.click({ timeout: 2000 });
      return !(await explain.isVisible());
    });
    await scene.workbench.until('an answer', async () => (await chat.answers.count()) === 1);
    expect(await chat.ended()).toBe('Hello from here.');
    await chat.startNew();
    await scene.workbench.focusEditor();
    await page.keyboard.press('Control+Alt+f');
    await scene.workbench.until('an answer', async () => (await chat.answers.count()) === 1);
    expect(await chat.ended()).toBe('Hello from here.');
    await chat.startNew();
    await scene.workbench.focusEditor();
    await page.keyboard.press('Control+Alt+a');
    await chat.button(/^Remove sums\.py/u).waitFor();
    await page.keyboard.type('What does it do?');
    await page.keyboard.press('Enter');
    await scene.workbench.until('an answer', async () => (await chat.answers.count()) === 1);
    expect(await chat.ended()).toBe('Hello from here.');
    expect(lastBody()).toContain('def total');
  });

  it('puts the code of an answer where it is wanted', async () => {
    await chat.startNew();
    speak({ tokens: CODE.split(/(?<=\n)/u) });
    await scene.workbench.openFile('sums.py');
    await chat.ask('Write twice');
    expect(await chat.ended()).toContain('Done.');
    await chat.button('Copy').click();
    await scene.workbench.until('code in the clipboard', async () =>
      String(await scene.workbench.page.evaluate('navigator.clipboard.readText()')).includes('return 2 * x'),
    );
    await scene.workbench.cursorAt(1, 1);
    await chat.button('Insert at Cursor').click();
    await scene.workbench.until('inserted code', async () =>
      /^def twice\(x\):\n {4}return 2 \* x/u.test(await scene.workbench.editorText()),
    );
    await scene.workbench.focusEditor();
    await scene.workbench.page.keyboard.press('Control+a');
    await chat.button('Replace Selection').click();
    await scene.workbench.until(
      'replaced code',
      async () => (await scene.workbench.editorText()).trim() === 'def twice(x):\n    return 2 * x',
    );
    await chat.button('New File').click();
    await scene.workbench.page.locator('.tab.active[aria-label*="Untitled-1"]').waitFor();
    await scene.workbench.until('code in a new file', async () =>
      (await scene.workbench.editorText()).includes('def twice'),
    );
  });

  it('stays quick with an answer of 5,000 lines', async () => {
    await chat.startNew();
    speak({ tokens: Array.from({ length: 5000 }, (_, n) => `- line ${n} of a **long** list\n`) });
    await chat.ask('Go on for long');
    expect(await chat.ended(60_000)).toContain('line 4999');
    const started = Date.now();
    await chat.input.pressSequentially('quick?');
    await chat.startNew();
    expect(Date.now() - started).toBeLessThan(10_000);
  });
});
