import { describe, expect, it } from 'vitest';
import { createVirtualTime } from './virtualTime.ts';

describe('virtual time', () => {
  it('runs what is due in order, and what follows from it, at its own time', async () => {
    const time = createVirtualTime();
    const start = time.now();
    const log: string[] = [];
    const note = (what: string) => log.push(`${what} ${time.now() - start}`);
    time.after(30, () => note('c'));
    time.after(10, () => {
      note('a');
      void Promise.resolve().then(() => note('after a'));
      time.after(5, () => note('b'));
    });
    time.after(30, () => note('d'));
    time.after(20, () => note('never')).dispose();
    await time.run();
    expect(log).toEqual(['a 10', 'after a 10', 'b 15', 'c 30', 'd 30']);
  });

  it('stops at a moment', async () => {
    const time = createVirtualTime();
    const start = time.now();
    let rang = false;
    time.after(50, () => {
      rang = true;
    });
    await time.run(start + 40);
    expect([rang, time.now() - start]).toEqual([false, 40]);
    await time.run(start + 60);
    expect([rang, time.now() - start]).toEqual([true, 60]);
  });

  it('keeps the order of many', async () => {
    const time = createVirtualTime();
    const seen: number[] = [];
    for (let index = 0; index < 500; index++) {
      const ms = (index * 7919) % 997;
      time.after(ms, () => seen.push(ms));
    }
    await time.run();
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen).toHaveLength(500);
  });
});
