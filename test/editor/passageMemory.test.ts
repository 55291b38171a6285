import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/event.ts';
import { writeRemembered } from '../../src/core/privacy/rememberedFile.ts';
import type { SipKey } from '../../src/core/privacy/sipHash.ts';
import { passageKey } from '../../src/editor/passageKey.ts';
import { createPassageMemory } from '../../src/editor/passageMemory.ts';
import { createPassages } from '../../src/editor/passages.ts';

const SHOP = [{ folder: 'file:///shop', level: 'private' }] as const;
const CODE =
  'const totals = orders.map((order) => order.lines.reduce((sum, { price, amount }) => sum + price * amount, 0));';
const OTHER =
  'for (const shipment of warehouse.shipmentsOf(day)) if (shipment.isLate(clock)) notify(shipment.customer);';
const KEY: SipKey = [1, 2, 3, 4];
const clock: Clock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return { dispose: () => clearTimeout(timer) };
  },
};
const shop = (text: string) => [{ text, taint: SHOP }];

describe('the memory of private passages on the disk', () => {
  let dir: string;
  const errors: string[] = [];
  const log = { error: (text: string) => errors.push(text) };
  const open = (key = KEY) => createPassageMemory({ dir, key, clock, log: { error: log.error } });
  const names = () => readdirSync(dir).filter((name) => name.startsWith('passages'));
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'passages-'));
    errors.length = 0;
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('knows in another window, and after a crash, whatever was remembered', async () => {
    const [first, second] = [open(), open()];
    expect(await second.recall([CODE], [])).toEqual([]);
    await first.remember(shop(CODE), []);
    expect(await second.recall([CODE], [])).toEqual(SHOP);
    await second.remember(shop(OTHER), []);
    expect(await first.recall([OTHER], [])).toEqual(SHOP);
    expect(await open().recall([OTHER], [])).toEqual(SHOP);
    expect(await first.recall(['something else altogether, which nobody has written anywhere before'], [])).toEqual([]);
  });

  it('looks at what this window has only just heard of', async () => {
    const memory = open();
    void memory.remember(shop(CODE), []);
    expect(await memory.recall([CODE], [])).toEqual(SHOP);
  });

  it('loses nothing of windows that write and tidy at the same time', async () => {
    const texts = Array.from({ length: 120 }, (_, n) => `${n} ${CODE.replaceAll('order', `o${n * 7919}`)} ${n}`);
    const windows = Array.from({ length: 30 }, open.bind(undefined, KEY));
    await Promise.all(texts.map(async (text, n) => windows[n % 30]?.remember(shop(text), [])));
    expect(names().length).toBeGreaterThan(24);
    const more = Array.from({ length: 3 }, open.bind(undefined, KEY));
    await Promise.all(
      windows.map(async (window, n) => window.remember(shop(`${n * 31} ${OTHER.replaceAll('shipment', `s${n}`)}`), [])),
    );
    await Promise.all(more.map(async (window) => window.flush()));
    expect(names().length).toBeLessThan(24 + 30);
    const last = open();
    for (const text of texts) expect(await last.recall([text], [])).toEqual(SHOP);
    for (const n of windows.keys()) {
      expect(await last.recall([`${n * 31} ${OTHER.replaceAll('shipment', `s${n}`)}`], [])).toEqual(SHOP);
    }
    expect(errors).toEqual([]);
  });

  it('forgets in every later window what was released', async () => {
    const first = open();
    await first.remember(shop(CODE), []);
    await first.remember([{ text: OTHER, taint: [{ folder: 'file:///bank', level: 'private' }] }], []);
    expect(await first.release(new Set(['file:///shop']))).toBe(true);
    expect(await open().recall([CODE], [])).toEqual([]);
    expect(await open().recall([OTHER], [])).toEqual([{ folder: 'file:///bank', level: 'private' }]);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -7)],
    ['with nothing in it', () => Buffer.alloc(0)],
    ['of another key', () => writeRemembered([[1, SHOP]], [9, 9, 9, 9])],
  ])(
    'takes all text for private while a file is %s, keeps it, and begins anew when it is released',
    async (_, spoil) => {
      await open().remember(shop(CODE), []);
      const [name = ''] = names();
      const bytes = spoil(readFileSync(join(dir, name)));
      writeFileSync(join(dir, name), bytes);
      const second = open();
      const passages = createPassages(async () => Promise.resolve(second), log);
      expect(await passages.recall(['hello'], [])).toEqual([{ level: 'private' }]);
      await passages.remember(shop(OTHER), []);
      expect(await passages.recall(['hello'], [])).toEqual([{ level: 'private' }]);
      await passages.release(new Set(['file:///shop']), [OTHER]);
      expect(await passages.recall(['hello'], [])).toEqual([{ level: 'private' }]);
      await passages.release(new Set());
      expect(await passages.recall([CODE], [])).toEqual([]);
      const aside = readdirSync(dir).filter((each) => each.startsWith('unreadable-'));
      expect(aside.map((each) => readFileSync(join(dir, each)))).toEqual([Buffer.from(bytes)]);
    },
  );

  it('says that it could not be written, and writes it with the next', async () => {
    const memory = open();
    rmSync(dir, { recursive: true });
    writeFileSync(dir, '');
    await memory.remember(shop(CODE), []);
    expect(errors.join()).toContain('could not be written');
    rmSync(dir);
    await memory.remember(shop(OTHER), []);
    expect(await open().recall([CODE], [])).toEqual(SHOP);
  });

  it('lets others have their turn while it remembers a long text', async () => {
    let [ms, turns] = [0, 0];
    const slow: Clock = {
      now: () => (ms += 1),
      after(wait, run) {
        turns += 1;
        return clock.after(wait, run);
      },
    };
    const memory = createPassageMemory({ dir, key: KEY, clock: slow, log });
    await memory.remember(shop(CODE), []);
    const short = turns;
    const long = Array.from({ length: 4000 }, (_, n) => `${CODE.replaceAll('sum', `s${n * 7919}`)}\n`).join('');
    await memory.remember(shop(long), []);
    expect(turns).toBeGreaterThan(10 * short);
  });
});

describe('the key of what is remembered', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'passages-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const none = () => undefined;

  it('is one for all windows of all profiles, also when they begin together', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, async () => passageKey(dir, none)));
    expect(new Set(keys.map(String)).size).toBe(1);
    expect(readdirSync(dir)).toEqual(['passages.key']);
  });

  it('is that of the window which was first, also by a moment', async () => {
    const another = () => {
      writeFileSync(join(dir, 'passages.key'), '[9,9,9,9]');
      return undefined;
    };
    expect(await passageKey(dir, another)).toEqual([9, 9, 9, 9]);
    expect(readdirSync(dir)).toEqual(['passages.key']);
  });

  it('is the one of before, if there was one', async () => {
    expect(await passageKey(dir, () => KEY)).toEqual(KEY);
    expect(await passageKey(dir, none)).toEqual(KEY);
  });

  it('is made anew where it is broken; what was written with the old one makes all private until it is released', async () => {
    const memoryOf = async () => createPassageMemory({ dir, key: await passageKey(dir, none), clock, log: console });
    await (await memoryOf()).remember(shop(CODE), []);
    writeFileSync(join(dir, 'passages.key'), '[1,2,3]');
    const again = await memoryOf();
    expect(readFileSync(join(dir, 'unreadable-passages.key'), 'utf8')).toBe('[1,2,3]');
    await expect(again.recall([OTHER], [])).rejects.toThrow('another key');
    await again.release({ has: () => true });
    expect(await again.recall([OTHER], [])).toEqual([]);
  });

  it('is not made anew where it cannot be read', async () => {
    mkdirSync(join(dir, 'passages.key'));
    await expect(passageKey(dir, none)).rejects.toThrow('EISDIR');
    expect(readdirSync(dir)).toEqual(['passages.key']);
  });
});
