import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RequestTable, createRequestTable } from '../../src/core/requests/table.ts';
import { FromRequestsPage, type ToRequestsPage } from '../../src/webview/requestsProtocol.ts';
import { CHAT, POLL, createLines } from '../core/requests/lines.ts';
import { THEMES, launch } from './chatPage.ts';
import { type TestPage, type TestPageOptions, openPage } from './page.ts';

const browser = await launch();

describe.skipIf(!browser)('the table of requests', () => {
  let lines: ReturnType<typeof createLines>;
  let table: RequestTable;
  let opened: TestPage;
  let told: FromRequestsPage[];
  const chain = { state: 'intact', text: 'Chain of hashes intact: 9 lines' } as const;

  /** Stands for the editor's side, over a table that is the real one. */
  const answer: TestPageOptions['hear'] = async (data, tell) => {
    const message = FromRequestsPage.parse(data);
    told.push(message);
    const post = (reply: ToRequestsPage) => tell(reply);
    if (message.type === 'ready' || message.type === 'filter') table.show(message.filter);
    if (message.type === 'ready') {
      table.onDidChange(
        () => void post({ type: 'state', ...table.state, tasks: [...table.state.tasks], chain }).catch(() => undefined),
      );
      await table.load();
    }
    if (message.type === 'rows') {
      const { version, from, count } = message;
      const rows = table.slice(from, count).map(({ row, ...folded }) => Object.assign({}, row, folded));
      await post({ type: 'rows', version, from, rows });
    }
  };
  const open = async (options: Partial<TestPageOptions> = {}) => {
    if (!browser) throw new Error('no browser');
    told = [];
    table = createRequestTable(lines.parts);
    opened = await openPage(browser, { name: 'requests', hear: answer, ...options });
    await opened.page
      .locator('.counted')
      .filter({ hasText: /rows of/ })
      .waitFor();
  };
  const rows = () => opened.page.locator('.body .row');
  const active = () => opened.page.locator('.body .row[aria-selected=true]');

  beforeAll(() => {
    lines = createLines();
    for (let n = 0; n < 1500; n += 1) {
      lines.ask(`c${n}`, {
        ...CHAT,
        task: n % 2 === 0 ? 'chat' : 'completion',
        tokens: { prompt: 1000 + n, output: n },
      });
      lines.ask(`p${n}`, POLL);
      lines.ask(`q${n}`, POLL);
    }
    const cloud = { ...CHAT, model: 'gpt-5', zone: 'cloud', host: 'api.openai.com', endpoint: 'openai' } as const;
    lines.write({
      phase: 'refused',
      id: 'r',
      ...cloud,
      verdict: 'refused',
      rule: 'level:private',
      reason: 'The cloud is not allowed here.',
    });
    lines.begin('b');
    lines.write({ phase: 'breach', id: 'b', ...CHAT, verdict: 'breach', rule: 'breach', reason: 'It came from afar.' });
    lines.ask('x', { ...CHAT, verdict: 'failed', rule: 'unreachable', reason: 'ECONNREFUSED' });
  });
  beforeEach(async () => open());
  afterEach(async () => opened.close());
  afterAll(async () => browser?.close());

  it('has only the rows in sight in the page, and tells a reader of all of them', async () => {
    await rows().first().waitFor();
    expect(await rows().count()).toBeLessThan(100);
    const grid = opened.page.getByRole('grid', { name: 'Requests' });
    expect(await grid.getAttribute('aria-rowcount')).toBe('3004');
    expect(await opened.page.getByRole('columnheader').allInnerTexts()).toEqual([
      'Time',
      'Verdict',
      'Task',
      'Model',
      'Zone',
      'Host',
      'Out',
      'In',
      'Tokens',
      'Took',
      'Reason',
    ]);
    await grid.evaluate('document.querySelector(".grid").scrollTop = 24 * 2000');
    await opened.page.locator('[aria-rowindex="2010"]').waitFor();
    expect(await rows().count()).toBeLessThan(100);
    expect(opened.wrong).toEqual([]);
  });

  it('lets refusals and breaches stand out by a word and an icon', async () => {
    const breach = opened.page.getByRole('row').filter({ hasText: 'It came from afar.' });
    expect(await breach.innerText()).toContain('Breach');
    expect(await breach.locator('.icon-breach').count()).toBe(1);
    const refused = opened.page.getByRole('row').filter({ hasText: 'level:private' });
    expect(await refused.innerText()).toMatch(/Refused[^]*gpt-5[^]*Cloud[^]*api\.openai\.com/);
    expect(await refused.locator('.icon-refused').count()).toBe(1);
  });

  it('is used with the keyboard', async () => {
    const { page } = opened;
    await rows().first().waitFor();
    await page.keyboard.press('Control+f');
    expect(await page.evaluate('document.activeElement.className')).toBe('filter');
    await page.keyboard.type('gpt');
    await page.locator('.counted').filter({ hasText: '1 row of' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await active().waitFor();
    expect(await page.locator('.details').innerText()).toContain('The cloud is not allowed here.');
    await page.keyboard.press('Control+f');
    await page.keyboard.press('Escape');
    await page.locator('.counted').filter({ hasText: '3,003 rows of' }).waitFor();
    await page.keyboard.press('ArrowDown');
    for (const [key, index] of [
      ['End', 3004],
      ['ArrowUp', 3003],
      ['Home', 2],
      ['ArrowDown', 3],
    ] as const) {
      await page.keyboard.press(key);
      await page.locator(`[aria-rowindex="${index}"][aria-selected=true]`).waitFor();
      const described = await page.locator('.grid').getAttribute('aria-activedescendant');
      expect(described).toBe(`row-${index - 2}`);
    }
  });

  it('filters by zone, verdict and task, gathers polling or not, and keeps the filter', async () => {
    const { page } = opened;
    const press = async (name: string) => page.getByRole('button', { name, exact: true }).click();
    const says = async (text: RegExp) => page.locator('.counted').filter({ hasText: text }).waitFor();
    await page.getByRole('button', { name: 'completion' }).waitFor();
    await press('Cloud');
    await says(/^1 row of/);
    await press('Cloud');
    await press('Breach');
    await press('Failed');
    await says(/^2 rows of/);
    expect(await page.getByRole('button', { name: 'Breach' }).getAttribute('aria-pressed')).toBe('true');
    await press('Breach');
    await press('Failed');
    await press('completion');
    await says(/^750 rows of/);
    await press('completion');
    await page.getByLabel('Gather polling').uncheck();
    await says(/^4,503 rows of/);
    expect(told.findLast(({ type }) => type === 'filter')).toMatchObject({ filter: { fold: false, tasks: [] } });
    await page.reload();
    await page
      .locator('.counted')
      .filter({ hasText: /rows of/ })
      .waitFor();
    expect(told.findLast(({ type }) => type === 'ready')).toMatchObject({ filter: { fold: false } });
  });

  it('follows what happens, and keeps the place of a reader who is further down', async () => {
    const { page } = opened;
    await rows().first().waitFor();
    lines.ask('new1', { ...CHAT, model: 'brand-new' });
    await page.locator('.body .row[aria-rowindex="2"]').filter({ hasText: 'brand-new' }).waitFor();
    await page.evaluate('document.querySelector(".grid").scrollTop = 24 * 500');
    const place = () => page.locator('[aria-rowindex="510"]');
    await place().waitFor();
    const before = await place().innerText();
    lines.ask('new2', { ...CHAT, model: 'brand-new' });
    await page
      .locator('.body .row[aria-rowindex="511"]')
      .filter({ hasText: before.split('\n').at(-1) ?? '' })
      .waitFor();
    expect(await page.evaluate('document.querySelector(".grid").scrollTop')).toBe(24 * 501);
  });

  it('says that the chain is broken, and passes the buttons on', async () => {
    const { page } = opened;
    const broken = {
      state: 'broken',
      text: 'The chain of hashes is broken at 2026-11.jsonl, line 7: It cannot be read.',
    };
    await opened.tell({ type: 'state', ...table.state, chain: broken });
    await page.locator('.chain[data-state=broken]').filter({ hasText: 'line 7' }).waitFor();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByRole('button', { name: 'Export…' }).click();
    await expect.poll(() => told.map(({ type }) => type)).toEqual(expect.arrayContaining(['verify', 'export']));
    await opened.tell({ type: 'state', total: 'many' });
    expect(opened.wrong).toEqual([]);
  });

  it.each(THEMES)('can be read in %s', async (theme) => {
    await opened.close();
    await open({ theme });
    await rows().first().waitFor();
    await opened.page.locator('.grid').focus();
    await active().waitFor();
    await opened.picture(`requests-${theme}`);
    expect(opened.wrong).toEqual([]);
  });
});
