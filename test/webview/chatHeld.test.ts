import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PageAnswer } from '../../src/webview/protocol.ts';
import { type ChatPage, HEADING, answerOf, bundle, launch, openChatPage, questionOf, threadOf } from './chatPage.ts';

const browser = await launch();
const MODEL = { label: 'gpt-5.2', zone: 'cloud' } as const;

function heldAnswer(more: Partial<NonNullable<PageAnswer['held']>> = {}): PageAnswer {
  return answerOf('', {
    model: MODEL,
    state: 'held',
    held: {
      text: 'Not sent: this request holds what looks like a secret.',
      findings: [
        { title: 'GitHub token in src/deploy.ts, line 12', excerpt: "const token = '••••••••';" },
        { title: 'Database password in your question', excerpt: 'DATABASE_URL=••••••••' },
      ],
      ways: ['local', 'redact', 'discard'],
      ...more,
    },
  });
}

describe.skipIf(!browser)('a question that was held back', () => {
  let chat: ChatPage;
  beforeAll(async () => {
    if (browser) chat = await openChatPage(browser, await bundle());
  });
  beforeEach(async () => {
    await chat.reset();
    await chat.tell({ type: 'heading', heading: { ...HEADING, model: MODEL, level: 'open' } });
  });
  afterAll(async () => browser?.close());

  it('names what was found, and where, without it', async () => {
    await chat.tell(threadOf(questionOf('Why does the deploy fail?'), heldAnswer()));
    const note = chat.page.getByRole('group', { name: 'Not sent' });
    expect(await note.getByRole('listitem').allInnerTexts()).toEqual([
      "GitHub token in src/deploy.ts, line 12\nconst token = '••••••••';",
      'Database password in your question\nDATABASE_URL=••••••••',
    ]);
    expect(await note.getByRole('button').allInnerTexts()).toEqual(['Send Locally Instead', 'Redact', 'Cancel']);
    // Asking the same again would end here again.
    expect(await chat.page.getByRole('button', { name: 'Regenerate' }).isVisible()).toBe(false);
  });

  it('tells the editor what the user chose', async () => {
    await chat.tell(threadOf(questionOf('Why?'), heldAnswer()));
    for (const name of ['Send Locally Instead', 'Redact', 'Cancel']) {
      await chat.page.getByRole('button', { name, exact: true }).click();
    }
    expect(await chat.told()).toEqual([
      { type: 'held', id: 'a1', way: 'local' },
      { type: 'held', id: 'a1', way: 'redact' },
      { type: 'held', id: 'a1', way: 'discard' },
    ]);
  });

  it('offers no redaction where a whole file stays here', async () => {
    await chat.tell(threadOf(questionOf('Why?'), heldAnswer({ ways: ['local', 'discard'] })));
    expect(await chat.page.getByRole('button', { name: 'Redact' }).count()).toBe(0);
  });

  it('is told to screen readers', async () => {
    await chat.tell(threadOf(questionOf('Why?'), answerOf('', { model: MODEL, state: 'streaming' })));
    await chat.tell({ type: 'answer', answer: heldAnswer() });
    await expect.poll(async () => chat.page.getByRole('status').innerText()).toContain('GitHub token');
  });

  it('can be foreseen: a button shows what will be sent, while the model is not on this machine', async () => {
    const show = chat.page.getByRole('button', { name: 'Show What Will Be Sent' });
    const input = chat.page.getByRole('textbox', { name: 'Question', exact: true });
    await input.fill('Why?');
    await show.click();
    expect(await chat.told()).toEqual([{ type: 'manifest', text: 'Why?' }]);
    await chat.tell({ type: 'input', passages: [], focus: true, clear: true });
    expect(await input.inputValue()).toBe('');
    await chat.tell({ type: 'heading', heading: HEADING });
    expect(await show.isVisible()).toBe(false);
  });
});
