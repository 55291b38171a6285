import { afterAll, describe, expect, it } from 'vitest';
import { listen } from '../../src/net/verifyListener.ts';
import { FromVerifyPage, type VerifyState } from '../../src/webview/verifyProtocol.ts';
import { THEMES, launch } from './chatPage.ts';
import { type TestPageOptions, openPage } from './page.ts';

const browser = await launch();

const RESULTS: VerifyState['results'] = [
  {
    id: 'a',
    tried: 'Send private text to OpenAI (api.openai.com), which is configured in the cloud.',
    held: true,
    rule: 'level:private',
    words: 'The cloud is not allowed here.',
    arrived: '0 bytes',
  },
  {
    id: 'b',
    tried: 'Let a server send the request on.',
    held: false,
    rule: '',
    words: 'It was sent.',
    arrived: '71 bytes in 1 connection',
  },
];
const state = (verdict: VerifyState['verdict'], title: string): VerifyState => ({
  type: 'state',
  verdict,
  title,
  advice: 'What to do.',
  facts: ['The ledger’s chain of hashes is intact: 9 lines.'],
  attempts: 2,
  results: RESULTS,
});

describe.skipIf(!browser)('the page of Verify Privacy', () => {
  const open = async (options: Partial<TestPageOptions> = {}) => {
    if (!browser) throw new Error('no browser');
    const told: FromVerifyPage[] = [];
    const opened = await openPage(browser, {
      name: 'verify',
      hear: (message) => told.push(FromVerifyPage.parse(message)),
      ...options,
    });
    return { ...opened, told };
  };
  /** Lets the page try everything against a listener, and tells what came of it. */
  const reach = async (policy?: string) => {
    const listener = await listen();
    const opened = await open({ letThrough: true, ...(policy !== undefined && { policy }) });
    await opened.tell({ type: 'reach', url: listener.url });
    await expect.poll(() => opened.told.some(({ type }) => type === 'reached'), { timeout: 10_000 }).toBe(true);
    const answer = opened.told.find((message) => message.type === 'reached');
    const ways = answer?.type === 'reached' ? answer.tries : [];
    const { bytes } = listener;
    const paths = [...new Set(listener.paths.map((path) => decodeURIComponent(path.slice(1))))];
    listener.dispose();
    await opened.close();
    return { open: ways.filter(({ blocked }) => !blocked).map(({ way }) => way), ways: ways.length, bytes, paths };
  };
  afterAll(async () => browser?.close());

  it('reaches nothing under the policy of the pages, in any way', async () => {
    expect(await reach()).toEqual({ open: [], ways: 16, bytes: 0, paths: [] });
  });

  it('would reach out without the policy, in nearly every way', async () => {
    const { open: through, bytes, paths } = await reach(`script-src 'nonce-abc' http: blob:`);
    expect(through).toEqual(expect.arrayContaining(['fetch', 'script', 'style sheet']));
    expect(paths).toEqual(expect.arrayContaining(['fetch', 'WebSocket', 'image', 'frame']));
    expect(paths.length).toBeGreaterThan(8);
    expect(bytes).toBeGreaterThan(1000);
  });

  it('shows the verdict in words, what got through first, and has its buttons', async () => {
    const { page, told, tell, wrong, close } = await open();
    await tell({ ...state('running', 'Trying…'), results: RESULTS.slice(0, 1) });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await tell(state('through', '1 of 2 forbidden attempts were not stopped.'));
    await page.getByRole('heading', { name: '1 of 2 forbidden attempts were not stopped.' }).waitFor();
    expect((await page.locator('tbody tr').allInnerTexts()).map((text) => text.split('\t')[0]?.trim())).toEqual([
      'Got through',
      'Stopped',
    ]);
    expect(await page.getByRole('button', { name: 'Cancel' }).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Save Report…' }).click();
    await page.getByRole('button', { name: 'Run Again' }).click();
    await expect.poll(() => told.map(({ type }) => type)).toEqual(['ready', 'cancel', 'save', 'again']);
    expect(wrong).toEqual([]);
    await close();
  });

  it.each(THEMES)('can be read in %s', async (theme) => {
    const { page, tell, wrong, picture, close } = await open({ theme });
    await tell(state('through', '1 of 2 forbidden attempts were not stopped.'));
    await page.getByRole('heading').waitFor();
    await picture(`verify-${theme}`);
    expect(wrong).toEqual([]);
    await close();
  });
});
