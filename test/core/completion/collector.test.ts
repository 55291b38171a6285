import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCollector, suggestionFor } from '../../../src/core/completion/collector.ts';
import { type Job, plan, spotOf } from '../../../src/core/completion/job.ts';
import { PROFILES } from '../../../src/core/completion/profileData.ts';
import type { Snapshot } from '../../../src/core/completion/snapshot.ts';
import { EXPLICIT, model, snapshot } from './sample.ts';

const QWEN = model('qwen2.5-coder:7b');
const LLAMA = model('llama3.2:3b');

function jobAt(marked: string, who = QWEN, more: Partial<Snapshot> = {}): Job {
  const shot = snapshot(marked, more);
  const job = plan(spotOf(shot, who, EXPLICIT, 'useful'), shot, { room: { head: 512, near: 1024, most: 1536 } });
  if (!job) throw new Error('no job');
  return job;
}

/** The text of an answer that comes in these pieces. */
function collected(job: Job, pieces: readonly string[]): string {
  const collector = createCollector(job);
  for (const piece of pieces) if (collector.push(piece)) break;
  collector.finish();
  return collector.text;
}

describe('a collector', () => {
  test('ends with what the model, and no document of its own, ends with', () => {
    const collector = createCollector(jobAt('a = |'));
    expect(collector.push('1;<|end')).toBe(false);
    expect(collector.text).toBe('1;');
    expect(collector.push('oftext|>more')).toBe(true);
    expect(collector.text).toBe('1;');
    expect(collector.push('more'), 'and stays at its end').toBe(true);
    expect(collector.text).toBe('1;');
  });

  test('ends with the stops of a profile that is nobody else’s', () => {
    const [profile] = PROFILES;
    const own = { ...QWEN, ...(profile && { profile: { ...profile, id: 'mine', stops: ['END'] } }) };
    expect(collected(jobAt('a = |', own), ['1;EN', 'D2;'])).toBe('1;');
    expect(collected(jobAt('a = |'), ['1;EN', 'D2;'])).toBe('1;END2;');
  });

  test('does not end with a marker of another family that the document is about', () => {
    expect(collected(jobAt('a = |'), ['"<fim_suffix>";'])).toBe('"');
    expect(collected(jobAt('b = "<fim_suffix>";\na = |'), ['"<fim_suffix>";'])).toBe('"<fim_suffix>";');
    expect(collected(jobAt('a = |\nb = "<fim_suffix>";'), ['"<fim_suffix>";'])).toBe('"<fim_suffix>";');
  });

  test('keeps fences in the languages that have them', () => {
    const answer = '```sh\nls\n```';
    expect(collected(jobAt('|', QWEN, { languageId: 'markdown' }), [answer])).toBe(answer);
    expect(collected(jobAt('|', QWEN, { languageId: 'shellscript' }), [answer])).toBe('ls');
  });

  test('fits the text to the line ends and the indentation of the document', () => {
    const tabs = { indentation: { insertSpaces: false, tabSize: 4 } };
    expect(collected(jobAt('if (a) {|', QWEN, tabs), ['\r\n    b();\r', '\n}'])).toBe('\n\tb();\n}');
    const two = { indentation: { insertSpaces: true, tabSize: 2 } };
    expect(collected(jobAt('if (a) {|', QWEN, two), ['\n\tb();\n}'])).toBe('\n  b();\n}');
  });

  test('measures tabs as the document does', () => {
    const wide = { indentation: { insertSpaces: true, tabSize: 4 } };
    const narrow = { indentation: { insertSpaces: true, tabSize: 2 } };
    const answer = ['b();\n\tc();\n'];
    expect(collected(jobAt('if (a) {\n    |\n}', QWEN, wide), answer).trimEnd()).toBe('b();\n    c();');
    expect(collected(jobAt('if (a) {\n    |\n}', QWEN, narrow), answer), 'a line of what is around').toBe('b();');
  });

  test('has nothing where only blanks came', () => {
    const collector = createCollector(jobAt('a = |'));
    for (const blank of [' ', '\n', '\t\r\n']) {
      collector.push(blank);
      expect([collector.text, collector.settled]).toEqual(['', '']);
    }
    collector.finish();
    expect([collector.text, collector.settled]).toEqual(['', '']);
    expect(collected(jobAt('|'), [])).toBe('');
  });

  test('settles whole lines, and all of it at the end', () => {
    const collector = createCollector(jobAt('if (a) {|'));
    const settled = ['\n    b();', '\n    c(', ');\n'].map((piece) => {
      collector.push(piece);
      return collector.settled;
    });
    expect(settled).toEqual(['', '\n    b();', '\n    b();\n    c();']);
    collector.push('}');
    expect(collector.settled).toBe('\n    b();\n    c();');
    collector.finish();
    expect(collector.settled).toBe('\n    b();\n    c();\n}');
  });
});

describe('of a chat', () => {
  test('nothing is judged before the end', () => {
    const collector = createCollector(jobAt('a = |', LLAMA));
    for (const piece of ['Sure!\n<fill>', '1 + ', '2;\nb();', '</fill>', ' done']) {
      expect(collector.push(piece)).toBe(false);
      expect([collector.text, collector.settled]).toEqual(['', '']);
    }
    collector.finish();
    expect(collector.text, 'ended as any other').toBe('1 + 2;');
    expect(collector.settled).toBe(collector.text);
  });

  test('the end comes once', () => {
    const collector = createCollector(jobAt('a = |', LLAMA));
    collector.push('<fill>1;</fill>');
    collector.finish();
    collector.push('<fill>2;</fill>');
    collector.finish();
    expect(collector.text).toBe('1;');
  });

  test('echoes of both sides are left out', () => {
    const job = jobAt('const first = |;\nconst second = first + 1;', LLAMA);
    expect(collected(job, ['<fill>const first = 1</fill>'])).toBe('1');
  });

  test('the tags are other ones where the document has them', () => {
    const job = jobAt('// <fill> and </fill>\na = |', LLAMA);
    expect(collected(job, ['<fill-1>"</fill>";</fill-1>'])).toBe('"</fill>";');
  });
});

const PLACES = [
  'a = |',
  'if (a) {\n    |\n}',
  'def f():|',
  '|\nrepeated line;',
  'f(|);',
  '\tx\n\t|',
  'x(() => {|})',
  '|',
];
const CODE = ['a', 'b();', 'f(', ')', '{', '}', '[', ']', '"', "'", ' ', '    ', '\t', ',', ';', '//', '# ', ':'];
const PIECES = CODE.concat(
  ['\n', '\n', '\r\n', '\r', '\u{1F600}', '```', '```ts\n', '0, '.repeat(16), 'again();\n'.repeat(3)],
  ['repeated line;', '<|fim', '<|fim_suffix|>', '<|endoftext|>', '<fim_', '|>', '<fill>', '</fill>', '<think>'],
);
const answer = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join(''));
const where = fc.constantFrom(...PLACES);
const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 });

/** Cuts a text into pieces of these sizes, over and over. */
function cut(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, n = 0; at < text.length; n++) {
    const length = lengths[n % lengths.length] ?? 1;
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

describe('whatever a model writes', () => {
  test('it is the same text in whatever pieces it comes', () => {
    fc.assert(
      fc.property(where, fc.constantFrom(QWEN, LLAMA), answer, sizes, (marked, who, text, lengths) => {
        const job = jobAt(marked, who);
        expect(collected(job, cut(text, lengths))).toBe(collected(job, [text]));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['a loop that ends', `${'0, '.repeat(16)}1];`],
    ['a loop and more lines', `x = [${'0, '.repeat(16)}];\nb();`],
    ['a fence without a beginning', 'b();\n```\n \nIt is done.'],
    ['one at once', '\n```\n \nIt is done.'],
    ['a fence and a blank line', '```ts\n  \n  b();\n```'],
    ['a character of two units', '"\u{1F600}";'],
    ['line ends of Windows', 'b();\r\nc();\r\n'],
  ])('%s: the same, character by character', (_, text) => {
    const job = jobAt('|');
    for (const size of [1, 2, 3, 5]) expect(collected(job, cut(text, [size]))).toBe(collected(job, [text]));
  });

  test('what has settled stays, and grows', () => {
    fc.assert(
      fc.property(where, answer, sizes, (marked, text, lengths) => {
        const collector = createCollector(jobAt(marked));
        let before = '';
        for (const piece of cut(text, lengths)) {
          const ended = collector.push(piece);
          expect(collector.settled.startsWith(before)).toBe(true);
          before = collector.settled;
          if (ended) break;
        }
        collector.finish();
        expect(collector.text.startsWith(before)).toBe(true);
        expect(collector.settled).toBe(collector.text);
      }),
      { numRuns: 2000 },
    );
  });

  test('no marker and no end of lines but of one kind comes through', () => {
    fc.assert(
      fc.property(where, answer, sizes, (marked, text, lengths) => {
        expect(collected(jobAt(marked), cut(text, lengths))).not.toMatch(/<\|fim_suffix\|>|<\|endoftext\|>|\r/);
      }),
    );
  });
});

describe('what is shown of it', () => {
  const shown = (marked: string, text: string, more: Partial<Snapshot> = {}, canReplace?: boolean) => {
    const shot = snapshot(marked, more);
    const options = { ...EXPLICIT, ...(canReplace !== undefined && { canReplace }) };
    return suggestionFor(spotOf(shot, QWEN, options, 'useful'), text, 'model');
  };

  test('is for the cursor, and says where it is from', () => {
    expect(shown('f(|)', 'a, b);')).toEqual({ text: 'a, b);', replaces: 1, model: QWEN, from: 'model' });
    const spot = spotOf(snapshot('a = |'), QWEN, EXPLICIT, 'useful');
    expect(suggestionFor(spot, '1;', 'reuse')).toMatchObject({ from: 'reuse', replaces: 0 });
  });

  test('ends lines as the document does', () => {
    expect(shown('if (a) {|', '\n    b();\n}', { eol: '\r\n' })?.text).toBe('\r\n    b();\r\n}');
    expect(shown('if (a) {|', '\n    b();\n}')?.text).toBe('\n    b();\n}');
  });

  test('replaces closers only where it may', () => {
    expect(shown('f(|)', 'a, b);', {}, true)).toMatchObject({ text: 'a, b);', replaces: 1 });
    expect(shown('f(|)', 'a, b);', {}, false)).toMatchObject({ text: 'a, b', replaces: 0 });
  });

  test.each([
    ['nothing', 'a = |', ''],
    ['blanks', 'a = |', ' \n\t'],
    ['what stands there already', '|\nrepeated(line);', 'repeated(line);'],
  ])('is nothing of %s', (_, marked, text) => expect(shown(marked, text)).toBeUndefined());
});
