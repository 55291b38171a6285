import { describe, expect, it } from 'vitest';
import { naive } from './naive.ts';
import { type RunOptions, runAll } from './runs.ts';
import { SAMPLE } from './sampleFile.ts';
import type { SessionResult } from './session.ts';
import type { Item, SubjectKind } from './subject.ts';
import { aboveBound, ghostMs, pairs } from './timing.ts';
import { holeOf } from './markers.ts';

const OPTIONS: RunOptions = {
  files: [SAMPLE],
  kind: naive,
  speed: 'fast',
  mood: 'noisy',
  mode: 'type',
  seed: 'test',
  sessions: 2,
};

/** Asks at once with the prompt that the reference would have, and shows the text when its first line is whole. */
const eager: SubjectKind = {
  name: 'eager',
  create: ({ send, model }) => ({
    async provide({ text, cursor }, signal) {
      const lines = Array.from({ length: text.lineCount }, (_, index) => text.line(index));
      const before = [...lines.slice(0, cursor.line), lines[cursor.line]?.slice(0, cursor.character)].join('\n');
      const after = [lines[cursor.line]?.slice(cursor.character), ...lines.slice(cursor.line + 1)].join('\n');
      const prompt = `<|fim_prefix|>${before}<|fim_suffix|>${after}<|fim_middle|>`;
      const request = { model, prompt, stops: [], maxTokens: 64, temperature: 0 };
      expect(holeOf(request).prefix).toBe(before);
      const answer = await send.complete(request, [{ kind: 'window' }], signal);
      if ('outcome' in answer) return undefined;
      let written = '';
      for await (const piece of answer) {
        if (piece.kind === 'text') written += piece.text;
        const end = written.indexOf('\n', written.search(/\S/));
        if (written.trim() !== '' && end > 0) return { text: written.slice(0, end), replaces: 0 } satisfies Item;
      }
      return written.trim() === '' ? undefined : { text: written, replaces: 0 };
    },
    dispose() {},
  }),
};

/** All of it but the real time. */
const numbers = (results: readonly SessionResult[]) => JSON.stringify(results.map((one) => ({ ...one, blocking: [] })));

describe('sessions', () => {
  it('are the same for the same seed, and others for another', async () => {
    const [a, b, c] = [await runAll(OPTIONS), await runAll(OPTIONS), await runAll({ ...OPTIONS, seed: 'other' })];
    expect(numbers(a) === numbers(b)).toBe(true);
    expect(numbers(a) === numbers(c)).toBe(false);
  });

  it('have the same keys at the same times for every subject that is not accepted', async () => {
    const own = await runAll({ ...OPTIONS, kind: eager });
    const both = pairs(own, await runAll(OPTIONS));
    expect(both.length).toBeGreaterThan(400);
    const served = both.filter(({ naive: key }) => key.fresh);
    expect(served.length).toBeGreaterThan(5);
    const later = served.filter(
      ({ own: key, naive: other }) => key.ghostAt !== undefined && ghostMs(key) > ghostMs(other),
    );
    expect(later).toEqual([]);
  });

  it('know the cursor of every prompt of the document as it is', async () => {
    const results = await runAll({ ...OPTIONS, kind: eager, mood: 'clean' });
    const places = results.flatMap(({ keys, requests }) =>
      requests.flatMap(({ sentAt, spot }) => {
        const key = keys.findLast(({ at }) => at <= sentAt);
        return key && !key.mistyped ? [{ found: spot?.at, is: key.place }] : [];
      }),
    );
    expect(places.length).toBeGreaterThan(200);
    expect(places.filter(({ found, is }) => found !== is)).toEqual([]);
  });

  it('show nothing wrong of a clean model, and accept what is right', async () => {
    const results = await runAll({ ...OPTIONS, kind: eager, mood: 'clean', mode: 'accept' });
    for (const { showings } of results) {
      const wrong = showings.filter(({ verdict }) => verdict && verdict.right < verdict.length);
      expect(wrong).toEqual([]);
    }
    expect(Math.min(...results.map(({ accepted }) => accepted))).toBeGreaterThan(50);
  });

  it('time what is above the bound: nothing, for one who shows each first line as it comes', async () => {
    const results = await runAll({ ...OPTIONS, kind: eager, mood: 'clean' });
    const over = results.flatMap(({ keys, requests }) =>
      keys.flatMap((key) => aboveBound(key, requests, SAMPLE.text, 60) ?? []),
    );
    expect(over.length).toBeGreaterThan(50);
    expect(Math.max(...over)).toBe(0);
  });
});
