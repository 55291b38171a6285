import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FOLDER_SOURCES,
  type FolderFacts,
  LEVELS,
  type Level,
  type Said,
  type Statement,
  judgeFolder,
  judgeWindow,
  silentSources,
  strictest,
  stricter,
} from '../../../src/core/privacy/level.ts';

const folder = (facts: Partial<FolderFacts> = {}): FolderFacts => ({
  name: 'app',
  mark: 'open',
  ancestorMarks: [],
  patterns: [],
  matched: false,
  maximum: undefined,
  organisation: [],
  repository: [],
  trusted: true,
  ...facts,
});

const by = (said: Said): Statement => ({ said, by: 'it' });

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
    ['a folder around it is private', { ancestorMarks: [by('private')] }, 'private', 'ancestorMark'],
    ['a folder around it is open', { mark: 'internal', ancestorMarks: [by('open')] }, 'internal', 'mark'],
    [
      'a folder around it is open, it has no mark',
      { mark: undefined, ancestorMarks: [by('open')] },
      'private',
      'unclassified',
    ],
    ['a pattern is stricter than the mark', { patterns: [by('internal')], matched: true }, 'internal', 'pattern'],
    [
      'a pattern is looser than the mark',
      { mark: 'private', patterns: [by('open')], matched: true },
      'private',
      'mark',
    ],
    ['patterns answer for it', { mark: undefined, patterns: [by('open')], matched: true }, 'open', 'pattern'],
    [
      'a pattern matches and does not answer for it',
      { mark: undefined, patterns: [by('open')], matched: false },
      'private',
      'unclassified',
    ],
    [
      'two patterns answer for it',
      { mark: undefined, patterns: [by('open'), by('internal')], matched: true },
      'internal',
      'pattern',
    ],
    ['the patterns are being read', { patterns: [by('unread')] }, 'private', 'unread'],
    ['a pattern cannot be read', { patterns: [by('unreadable')], matched: true }, 'private', 'unreadable'],
    ['the user’s settings allow no more', { maximum: 'internal' }, 'internal', 'maximum'],
    ['the user’s maximum cannot classify', { mark: undefined, maximum: 'open' }, 'private', 'unclassified'],
    ['the user’s maximum cannot be read', { maximum: 'unreadable' }, 'private', 'unreadable'],
    ['the organisation allows no more', { organisation: [by('open'), by('internal')] }, 'internal', 'organisation'],
    ['the organisation cannot loosen', { mark: 'private', organisation: [by('open')] }, 'private', 'mark'],
    ['the organisation cannot classify', { mark: undefined, organisation: [by('open')] }, 'private', 'unclassified'],
    ['the organisation’s policy cannot be read', { organisation: [by('unreadable')] }, 'private', 'unreadable'],
    ['it is not trusted', { trusted: false }, 'private', 'untrusted'],
  ])('%s', (_, facts, level, source) => {
    const verdict = judgeFolder(folder(facts));
    expect(verdict.level).toBe(level);
    expect(verdict.reasons[0]).toMatchObject({ source, level, of: 'app' });
  });

  it('is the strictest of all sources, whatever they are', () => {
    const said = fc.constantFrom<Said>(undefined, 'unread', 'unreadable', ...LEVELS);
    const several = fc.array(said, { maxLength: 4 });
    const statements = several.map((all) => all.map(by));
    const facts = fc.record({
      name: fc.string(),
      mark: said,
      ancestorMarks: statements,
      patterns: statements,
      matched: fc.boolean(),
      maximum: said,
      organisation: statements,
      repository: several,
      trusted: fc.boolean(),
    });
    fc.assert(
      fc.property(facts, (each) => {
        const { ancestorMarks, patterns, organisation, repository } = each;
        const read = (one: Said): Level[] =>
          one === undefined ? [] : [LEVELS.find((level) => level === one) ?? 'private'];
        const all = [
          ...(each.mark === undefined && !each.matched ? (['private'] as const) : read(each.mark)),
          ...[...ancestorMarks, ...patterns, ...organisation].flatMap((statement) => read(statement.said)),
          ...[each.maximum, ...repository].flatMap(read),
          ...(each.trusted ? [] : (['private'] as const)),
        ];
        const { level, reasons } = judgeFolder(each);
        // A folder that patterns answer for without saying anything cannot be; it would be private.
        expect(level).toBe(all.length === 0 ? 'private' : all.reduce(stricter));
        const wanted = all.length === 0 ? ['private'] : all;
        expect(reasons.map((reason) => reason.level).toSorted()).toEqual(wanted.toSorted());
        expect(reasons[0]?.level).toBe(level);
        for (const source of FOLDER_SOURCES) {
          const spoke = reasons.some((reason) => reason.source === source || reason.what === source);
          const unmarked = source === 'mark' && reasons.some((reason) => reason.source === 'unclassified');
          expect(silentSources(reasons).includes(source)).toBe(!spoke && !unmarked);
        }
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
