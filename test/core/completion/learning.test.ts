import { describe, expect, test } from 'vitest';
import { createLearning, shareLeft } from '../../../src/core/completion/learning.ts';
import { model } from './sample.ts';

const { id } = model('codestral');

describe('learning', () => {
  test('counts by model, and begins with what was stored', () => {
    let changes = 0;
    const first = createLearning(undefined, () => void changes++);
    first.shown(id, false);
    first.shown(id, true);
    first.accepted(id, 'whole', true);
    first.accepted(id, 'part', false);
    first.survived(id, true);
    first.survived(id, false);
    expect(changes).toBe(6);
    const counts = { shown: 2, whole: 1, part: 1, survived: 1, gone: 1, lines: { shown: 1, taken: 1 } };
    expect(first.data).toEqual({ [id]: counts });
    const second = createLearning(JSON.parse(JSON.stringify(first.data)));
    second.shown(id, false);
    expect(second.data[id]).toEqual({ ...counts, shown: 3 });
  });

  test.each([[null], ['x'], [{ [id]: { shown: -1 } }], [{ [id]: { shown: 1 } }]])('takes %j for nothing', (stored) =>
    expect(createLearning(stored).data).toEqual({}),
  );

  test('stops offering several lines that nobody takes, and tries again later', () => {
    const learning = createLearning(undefined);
    for (let n = 0; n < 23; n++) learning.shown(id, true);
    expect(learning.wantsLines(id)).toBe(true);
    learning.shown(id, true);
    expect(learning.wantsLines(id)).toBe(false);
    for (let n = 0; n < 60; n++) learning.shown(id, false);
    expect(learning.wantsLines(id)).toBe(true);
  });

  test('goes on offering those that are taken now and then; old ones count less', () => {
    const learning = createLearning(undefined);
    for (let n = 0; n < 200; n++) {
      learning.shown(id, true);
      if (n % 10 === 0) learning.accepted(id, 'whole', true);
    }
    expect(learning.wantsLines(id)).toBe(true);
    for (let n = 0; n < 60; n++) learning.shown(id, true);
    expect(learning.wantsLines(id)).toBe(false);
  });
});

test.each([
  ['a();\nb();', 'x\n  a();\n  b();\n', 1],
  ['a();\nb();', 'a();', 0.5],
  ['a();', 'c();', 0],
  ['\n}', '', 1],
])('of %j, in %j is left %d', (accepted, now, share) => expect(shareLeft(accepted, now)).toBe(share));
