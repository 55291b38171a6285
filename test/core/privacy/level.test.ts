import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FolderFacts,
  LEVELS,
  type Level,
  type Said,
  judgeFolder,
  judgeWindow,
  strictest,
  stricter,
} from '../../../src/core/privacy/level.ts';

const folder = (facts: Partial<FolderFacts> = {}): FolderFacts => ({
  name: 'app',
  mark: 'open',
  ancestorMarks: [],
  repository: [],
  trusted: true,
  ...facts,
});

describe('the level of a folder', () => {
  it.each<[string, Partial<FolderFacts>, Level, string]>([
    ['nobody classified it', { mark: undefined }, 'private', 'unclassified'],
    ['marked private', { mark: 'private' }, 'private', 'mark'],
    ['marked internal', { mark: 'internal' }, 'internal', 'mark'],
    ['marked open', {}, 'open', 'mark'],
    ['its mark cannot be read', { mark: 'unreadable' }, 'private', 'unreadable'],
    ['the repository tightens', { repository: ['internal'] }, 'internal', 'repository'],
    ['the repository cannot loosen', { mark: 'private', repository: ['open', 'open'] }, 'private', 'mark'],
    ['the repository cannot classify', { mark: undefined, repository: ['open'] }, 'private', 'unclassified'],
    ['the repository’s setting cannot be read', { repository: ['unreadable'] }, 'private', 'unreadable'],
    ['a folder around it is private', { ancestorMarks: ['private'] }, 'private', 'ancestorMark'],
    ['a folder around it is open', { mark: 'internal', ancestorMarks: ['open'] }, 'internal', 'mark'],
    [
      'a folder around it is open, it has no mark',
      { mark: undefined, ancestorMarks: ['open'] },
      'private',
      'unclassified',
    ],
    ['it is not trusted', { trusted: false }, 'private', 'untrusted'],
  ])('%s', (_, facts, level, source) => {
    const verdict = judgeFolder(folder(facts));
    expect(verdict.level).toBe(level);
    expect(verdict.reasons[0]).toMatchObject({ source, level, of: 'app' });
  });

  it('is the strictest of all sources, whatever they are', () => {
    const said = fc.constantFrom<Said>(undefined, 'unreadable', ...LEVELS);
    const facts = fc.record({
      name: fc.string(),
      mark: said,
      ancestorMarks: fc.array(said, { maxLength: 4 }),
      repository: fc.array(said, { maxLength: 4 }),
      trusted: fc.boolean(),
    });
    fc.assert(
      fc.property(facts, (each) => {
        const read = (one: Said): Level[] => (one === undefined ? [] : [one === 'unreadable' ? 'private' : one]);
        const all = [
          ...(each.mark === undefined ? (['private'] as const) : read(each.mark)),
          ...[...each.ancestorMarks, ...each.repository].flatMap(read),
          ...(each.trusted ? [] : (['private'] as const)),
        ];
        const { level, reasons } = judgeFolder(each);
        expect(level).toBe(all.reduce(stricter));
        expect(reasons.map((reason) => reason.level).toSorted()).toEqual(all.toSorted());
        expect(reasons[0]?.level).toBe(level);
      }),
    );
  });
});

describe('the level of a window', () => {
  it('is private without folders', () => {
    expect(judgeWindow([]).level).toBe('private');
  });
  it('is the strictest of its folders', () => {
    const levels = fc.array(fc.constantFrom(...LEVELS), { minLength: 1 });
    fc.assert(
      fc.property(levels, (all) => {
        const verdicts = all.map((mark) => judgeFolder(folder({ mark })));
        expect(judgeWindow(verdicts).level).toBe(all.reduce(stricter));
        expect(strictest(verdicts)?.reasons).toHaveLength(all.length);
      }),
    );
  });
});
