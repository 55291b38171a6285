import { describe, expect, it } from 'vitest';
import { holePrompt } from '../../../src/core/completion/holeFilling.ts';
import { PROFILES, renderPrompt } from '../../../src/core/completion/profiles.ts';
import { model } from '../../core/completion/sample.ts';
import { holeOf, holeOfChat } from './markers.ts';

const ABOVE = 'import os\n\ndef first():\n    return 1\n\ndef second():\n';
const LINE = '    return fir';
const BELOW = '\n\ndef third():\n    return 3\n';
const request = (prompt: string, suffix?: string) => ({
  model: model('any'),
  prompt,
  stops: [],
  maxTokens: 1,
  temperature: 0,
  ...(suffix !== undefined && { suffix }),
});
const files = [{ path: 'lib/other.py', code: 'def other():\n    return 0\n' }];

describe.each(PROFILES.filter(({ order }) => order !== 'separate'))('prompts of $id', (profile) => {
  it.each(profile.layouts.filter((layout) => layout !== 'lineAnchored'))('are taken apart: %s', (layout) => {
    const hole = holeOf(request(renderPrompt(profile, ABOVE + LINE, BELOW, { layout })));
    expect(hole).toEqual({ prefix: ABOVE + LINE, suffix: BELOW, lineLast: false });
  });

  it.runIf(profile.layouts.includes('lineAnchored'))('are taken apart: the line last', () => {
    const parts = { layout: 'lineAnchored', line: LINE } as const;
    const hole = holeOf(request(renderPrompt(profile, ABOVE, BELOW.slice(1), parts)));
    expect(hole).toEqual({ prefix: ABOVE + LINE, suffix: BELOW.slice(1), lineLast: true });
  });

  it.runIf(profile.files)('are taken apart with other files before them', () => {
    const hole = holeOf(request(renderPrompt(profile, ABOVE + LINE, BELOW, { files, path: 'app.py' })));
    expect(hole.prefix.endsWith(ABOVE + LINE)).toBe(true);
    expect(hole.suffix).toBe(BELOW);
  });
});

describe('holes', () => {
  it('are found in fields of their own', () => {
    expect(holeOf(request(ABOVE, BELOW))).toEqual({ prefix: ABOVE, suffix: BELOW, lineLast: false });
  });

  it('are found in a question to a chat model', () => {
    const window = { prefix: ABOVE + LINE, suffix: BELOW };
    const messages = holePrompt(window, { languageId: 'python', fileName: 'app.py' });
    const hole = holeOfChat({ model: model('any'), messages, think: false });
    expect(hole?.prefix.endsWith(ABOVE + LINE)).toBe(true);
    expect(hole?.suffix.startsWith(BELOW)).toBe(true);
  });
});
