import { describe, expect, it } from 'vitest';
import { FOLDER_SOURCES, LEVELS, type Reason, judgeFolder } from '../../../src/core/privacy/level.ts';
import { SILENT_WORDS, chainAsText, sentence, sourceTitle } from '../../../src/core/privacy/words.ts';

describe('the chain of reasons', () => {
  it('is a text that names every source, also those that said nothing', () => {
    const verdict = judgeFolder({
      name: 'app',
      mark: 'open',
      ancestorMarks: [],
      patterns: [{ said: 'internal', by: '~/work/**' }],
      matched: true,
      maximum: undefined,
      organisation: [{ said: 'unreadable', by: '/etc/switchyard/policy.json' }],
      repository: [],
      trusted: true,
    });
    expect(chainAsText(verdict.level, [{ name: 'app', ...verdict }])).toBe(
      `This workspace is private-only: Only models on this machine. Nothing leaves it.

app: Private-only
  Private-only - Your organisation’s policy: cannot be read (/etc/switchyard/policy.json), so “app” counts as private.
  Open - Your mark: You marked “app” so.
  Internal - Your patterns: Your pattern “~/work/**” matches “app”.
  nothing to say - Marks of folders around it: You marked no folder around it.
  nothing to say - Your maximum: Your settings limit nothing for all folders.
  nothing to say - The repository’s settings: The settings inside it ask for nothing.
  nothing to say - Workspace trust: The workspace is trusted.
`,
    );
    expect(chainAsText('private', [])).toContain('The window has no folder');
  });

  it('has a sentence and a title for every reason', () => {
    const sources = [...FOLDER_SOURCES, 'unclassified', 'noFolder', 'taint', 'unread', 'unreadable'] as const;
    for (const source of sources) {
      for (const level of LEVELS) {
        for (const what of [undefined, ...FOLDER_SOURCES]) {
          const reason: Reason = { source, level, ...(what && { what }), by: 'x', of: 'app' };
          expect(sentence(reason)).toMatch(/^[A-Z].*\.$/);
          expect(sourceTitle(reason)).toMatch(/^[A-Z]/);
        }
      }
    }
    expect(Object.keys(SILENT_WORDS)).toEqual(FOLDER_SOURCES);
  });
});
