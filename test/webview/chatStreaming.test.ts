import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChatPage, HEADING, answerOf, bundle, launch, openChatPage, questionOf, threadOf } from './chatPage.ts';

const browser = await launch();
const SCROLLER = `document.querySelector('.scroller')`;

describe.skipIf(!browser)('a streamed answer', () => {
  let chat: ChatPage;
  beforeAll(async () => {
    if (browser) chat = await openChatPage(browser, await bundle());
  });
  afterAll(async () => {
    await chat.close();
    await browser?.close();
  });

  const start = async () => chat.tell(threadOf(questionOf('Go'), answerOf('', { state: 'streaming' })));
  /** Passes a text in pieces, a few milliseconds apart. */
  const stream = async (text: string, size: number) =>
    chat.page.evaluate(`(async () => {
      const text = ${JSON.stringify(text)};
      for (let at = 0; at < text.length; at += ${size}) {
        const piece = text.slice(at, at + ${size});
        window.postMessage({ type: 'piece', id: 'a1', at: { text: at, thinking: 0 }, text: piece, thinking: '' }, '*');
        await new Promise((next) => setTimeout(next, 4));
      }
    })()`);
  const html = async () => chat.page.locator('.answer .markdown').innerHTML();
  /** The tail keeps a box of its own, which says nothing about what is shown. */
  const flat = (markup: string) => markup.replace(/<div>(?<inner>.*?)<\/div>$/su, '$<inner>').replaceAll('\n', '');

  const TEXTS = {
    'prose, lists and a table':
      '# Title\n\nSome *text*\nand more.\n\n- one\n- two\n\n  still two\n\n1. a\n2. b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quoted\nlazily\n\nend',
    'code blocks':
      'Before\n\n```ts\nconst a = 1;\n\n```\nBetween\n~~~~py\nx = """\n~~~\n"""\n~~~~\n\n    indented\n\nAfter',
    'a fence in a list': '- item\n\n  ```js\n  let a;\n  ```\n\n- next',
    'a fence that never ends': 'x\n\n```go\nfunc main() {\n}',
    'a fence that ends with the text': '```json\n{}\n```',
    'windows line ends': 'a\r\n\r\n```ts\r\nlet b;\r\n```\r\nc',
    'a heading by underline': 'Title\n===\n\ntext\n---\n',
  };
  it.each(Object.entries(TEXTS))('ends like the same text at once: %s', async (_, text) => {
    await chat.tell(threadOf(answerOf(text, { id: 'whole' })));
    const whole = flat(await html());
    for (const size of [1, 7]) {
      await start();
      await stream(text, size);
      await chat.tell({ type: 'answer', answer: answerOf(text) });
      expect(flat(await html())).toBe(whole);
    }
    expect(chat.wrong).toEqual([]);
  });

  it('shows code while its block is still open, without touching what is above', async () => {
    await start();
    const begun = 'Above.\n\n```ts\nconst one = 1;\nconst tw';
    await stream(begun, 100);
    await chat.page.locator('.code').waitFor();
    await chat.page.evaluate(`document.querySelector('.markdown p').dataset.same = 'yes'`);
    const more = 'o = 2;\n';
    await chat.tell({ type: 'piece', id: 'a1', at: { text: begun.length, thinking: 0 }, text: more, thinking: '' });
    await expect.poll(async () => chat.page.locator('.code pre').innerText()).toBe('const one = 1;\nconst two = 2;\n');
    expect(await chat.page.locator('.markdown p[data-same]').count()).toBe(1);
    expect(await chat.page.locator('.code .hljs-keyword').count()).toBe(2);
  });

  it('asks for everything again when it missed a piece', async () => {
    await start();
    await chat.page.evaluate('window.told.splice(0)');
    await chat.tell({ type: 'piece', id: 'a1', at: { text: 99, thinking: 0 }, text: 'late', thinking: '' });
    expect(await chat.page.evaluate('window.told')).toEqual([{ type: 'ready' }]);
  });

  it('folds thoughts away and says how long they took', async () => {
    await start();
    await chat.tell({ type: 'piece', id: 'a1', at: { text: 0, thinking: 0 }, text: '', thinking: 'Hm, let me see' });
    const summary = chat.page.locator('.thoughts summary');
    expect(await summary.innerText()).toMatch(/^Thinking…/u);
    expect(await chat.page.locator('.thoughts-text').isVisible()).toBe(false);
    await chat.tell({ type: 'piece', id: 'a1', at: { text: 0, thinking: 14 }, text: 'Done.', thinking: '' });
    await chat.tell({ type: 'answer', answer: answerOf('Done.', { thinking: 'Hm, let me see', thinkingMs: 7200 }) });
    expect(await summary.innerText()).toBe('Thought for 7 s');
    await summary.press('Enter');
    expect(await chat.page.locator('.thoughts-text').innerText()).toBe('Hm, let me see');
  });

  it('follows the end until the reader scrolls away', async () => {
    await start();
    const lines = Array.from({ length: 80 }, (_, n) => `Paragraph ${n}.\n\n`).join('');
    await stream(lines, 400);
    const gap = async () =>
      chat.page.evaluate<number>(`${SCROLLER}.scrollHeight - ${SCROLLER}.scrollTop - ${SCROLLER}.clientHeight`);
    await expect.poll(gap).toBeLessThan(2);
    await chat.page.evaluate(`${SCROLLER}.scrollTop = 0`);
    await expect.poll(async () => chat.page.getByRole('button', { name: 'Scroll to the End' }).isVisible()).toBe(true);
    await chat.tell({ type: 'piece', id: 'a1', at: { text: lines.length, thinking: 0 }, text: 'More.', thinking: '' });
    expect(await gap()).toBeGreaterThan(200);
    await chat.page.getByRole('button', { name: 'Scroll to the End' }).click();
    await expect.poll(gap).toBeLessThan(2);
  });

  const LINES = 5000;
  it('stays at the end when the box below it grows', async () => {
    await chat.tell(threadOf(answerOf('line\n\n'.repeat(80))));
    const missing = async () =>
      chat.page.evaluate<number>(`${SCROLLER}.scrollHeight - ${SCROLLER}.scrollTop - ${SCROLLER}.clientHeight`);
    await expect.poll(missing).toBeLessThan(2);
    const setup = [1, 2, 3].map((n) => ({ text: `Server ${n} is not running.`, button: 'Start' }));
    await chat.tell({ type: 'heading', heading: { ...HEADING, setup } });
    await expect.poll(missing).toBeLessThan(2);
    await chat.tell({ type: 'heading', heading: HEADING });
  });

  it.each([
    ['prose', (n: number) => `Line ${n} with \`code\` and *emphasis*.\n${n % 4 === 0 ? '\n' : ''}`],
    [
      'one code block',
      (n: number) => (n === 0 ? '```ts\n' : `const value${n}: number = compute(${n}); // line ${n}\n`),
    ],
    ['one list', (n: number) => `- item ${n} of a very long list\n`],
  ])(
    'shows 5,000 lines of %s',
    async (_, line) => {
      await start();
      const text = Array.from({ length: LINES }, (_, n) => line(n)).join('');
      await chat.page.evaluate(`
      window.slow = [];
      window.watching = new PerformanceObserver((list) => window.slow.push(...list.getEntries().map((e) => e.duration)));
      window.watching.observe({ entryTypes: ['longtask'] });`);
      const before = performance.now();
      await stream(text, Math.ceil(text.length / 500));
      await chat.tell({ type: 'answer', answer: answerOf(text) });
      const took = performance.now() - before;
      const slow = await chat.page.evaluate<number[]>('window.watching.disconnect(), window.slow');
      const worst = Math.max(0, ...slow);
      console.log(
        `5,000 lines: ${Math.round(took)} ms in all, longest task ${Math.round(worst)} ms, ${slow.length} over 50 ms`,
      );
      expect(await chat.page.locator('.markdown').innerText()).toContain(String(LINES - 1));
    },
    60_000,
  );
});
