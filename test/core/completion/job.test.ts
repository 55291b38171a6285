import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Job,
  type Plan,
  type PromptFile,
  askOf,
  plan,
  shrink,
  spotOf,
  whereabouts,
  windowOf,
} from '../../../src/core/completion/job.ts';
import { PROFILES, SERVER_FIELDS } from '../../../src/core/completion/profileData.ts';
import type { Snapshot, SuggestOptions } from '../../../src/core/completion/snapshot.ts';
import type { Model } from '../../../src/core/model.ts';
import { AUTOMATIC, EXPLICIT, model, place, snapshot } from './sample.ts';

const QWEN = model('qwen2.5-coder:7b');
const LLAMA = model('llama3.2:3b');
const CLOUD = model('codestral-2508', { zone: 'cloud' });
const ROOM = { head: 1024, near: 2048, most: 3072 };
const FILE: PromptFile = {
  path: 'cart.ts',
  uri: 'file:///work/cart.ts',
  code: 'export interface Cart {}',
  sources: [{ kind: 'folder', uri: 'file:///work' }],
};

interface Wish {
  readonly who?: Model;
  readonly options?: SuggestOptions;
  readonly shot?: Partial<Snapshot>;
  readonly plan?: Partial<Plan>;
}

function planned(marked: string, { who = QWEN, options = AUTOMATIC, shot = {}, plan: more = {} }: Wish = {}) {
  const at = snapshot(marked, shot);
  return plan(spotOf(at, who, options, 'useful'), at, { room: ROOM, ...more });
}

function jobAt(marked: string, wish?: Wish): Job {
  const job = planned(marked, wish);
  if (!job) throw new Error('no job');
  return job;
}

const long = (count: number) => Array.from({ length: count }, (_, n) => `const value${n} = compute(${n});`).join('\n');

describe('a spot', () => {
  test('knows everything of the document but its text', () => {
    const at = snapshot('a = |;\nb();', { eol: '\r\n' });
    const spot = spotOf(at, QWEN, AUTOMATIC, 'useful');
    const { text, ...rest } = at;
    expect(spot.snapshot).toEqual(rest);
    expect(spot.place).toEqual(place('a = |;\nb();'));
    expect(spot).toMatchObject({ model: QWEN, options: AUTOMATIC, profile: { id: 'qwen-coder' } });
    expect(text.lineCount).toBe(2);
  });

  test('is the same place to what is remembered, as long as all of it is', () => {
    const at = place('a = |;\nb();');
    const [QWEN_CODER] = PROFILES;
    const here = whereabouts('file:///a.ts', QWEN, QWEN_CODER ?? 'holeFilling', at);
    expect(spotOf(snapshot('a = |;\nb();'), QWEN, AUTOMATIC, 'useful').base).toEqual(here);
    const others = [
      spotOf(snapshot('a = |;\nb();', { uri: 'file:///b.ts' }), QWEN, AUTOMATIC, 'useful'),
      spotOf(snapshot('a = |;\nc();'), QWEN, AUTOMATIC, 'useful'),
      spotOf(snapshot('a = |;\nb();'), { ...QWEN, digest: 'new' }, AUTOMATIC, 'useful'),
      spotOf(snapshot('a = |;\nb();'), { ...QWEN, profile: SERVER_FIELDS }, AUTOMATIC, 'useful'),
      spotOf(snapshot('a = |;\nb();'), { ...QWEN, profile: 'holeFilling' }, AUTOMATIC, 'useful'),
    ];
    expect(new Set([here, ...others.map(({ base }) => base)].map(({ key }) => key)).size).toBe(6);
  });

  const linesAt = (marked: string) =>
    (['anywhere', 'useful', 'asked'] as const).map((lines) => [
      spotOf(snapshot(marked), QWEN, AUTOMATIC, lines).multiline,
      spotOf(snapshot(marked), QWEN, EXPLICIT, lines).multiline,
    ]);

  test.each([
    ['where a block begins', 'if (a) {|', [true, true], [true, true], [false, true]],
    ['behind a statement', 'a();|', [true, true], [false, true], [false, true]],
    ['on a blank line', '    |', [true, true], [true, true], [false, true]],
    ['where more of the line follows', 'a = |b', [false, false], [false, false], [false, false]],
  ])('wants lines %s (by itself and on demand)', (_, marked, anywhere, useful, asked) => {
    expect(linesAt(marked)).toEqual([anywhere, useful, asked]);
  });
});

describe('a plan', () => {
  test('has the text on both sides of the cursor, in the form that the model is asked in', () => {
    const { parts } = jobAt('import a;\r\nf(|)\r\nb();');
    expect(parts).toEqual({ prefix: 'import a;\n', middle: 'f(', suffix: '\nb();' });
    expect(windowOf(parts)).toEqual({ prefix: 'import a;\nf(', suffix: '\nb();' });
  });

  test('is one for an empty document, and for the ends of any', () => {
    expect(windowOf(jobAt('|').parts)).toEqual({ prefix: '', suffix: '' });
    expect(windowOf(jobAt('|a();').parts)).toEqual({ prefix: '', suffix: 'a();' });
    expect(windowOf(jobAt('a();\n|').parts)).toEqual({ prefix: 'a();\n', suffix: '' });
  });

  test('keeps the anchor of the last one', () => {
    const first = jobAt(`${long(200)}\na = |`);
    const second = jobAt(`${long(200)}\na = 1|`, { plan: { last: first.anchor } });
    expect(second.anchor).toEqual(first.anchor);
    expect(second.parts).toEqual({ ...first.parts, middle: 'a = 1' });
  });

  test('has the sources and the text of other files', () => {
    const { files, sources, material } = jobAt('a = |', { plan: { files: [FILE] } });
    expect(files).toEqual([FILE]);
    expect(sources).toEqual([{ kind: 'window' }, ...FILE.sources]);
    expect(material).toEqual([
      { label: 'a.ts', uri: 'file:///a.ts', text: 'a = ' },
      { label: 'cart.ts', uri: FILE.uri, text: FILE.code },
    ]);
    expect(jobAt('a = |').sources).toEqual([{ kind: 'window' }]);
  });
});

describe('the screen gets', () => {
  const marked = `${long(2000)}\na = |;\n${long(2000)}`;

  test('what goes to this machine as it goes', () => {
    const { material, parts } = jobAt(marked);
    const { prefix, suffix } = windowOf(parts);
    expect(material).toEqual([{ label: 'a.ts', uri: 'file:///a.ts', text: prefix + suffix }]);
  });

  test.each(['network', 'cloud'] as const)('what leaves for the %s in one piece, with lines around it', (zone) => {
    const job = jobAt(marked, { who: { ...CLOUD, zone } });
    const { prefix, suffix } = windowOf(job.parts);
    const [own] = job.material;
    expect(own?.text).toContain(prefix + suffix);
    const first = (prefix + suffix).split('\n').length;
    expect(own?.text.split('\n').length).toBeGreaterThanOrEqual(first + 60);
    // Closers at the cursor are in no prompt, and the place in the document is right all the same.
    expect(own?.firstLine).toBeDefined();
  });

  test('the secret that begins before the window', () => {
    const key = Array.from({ length: 50 }, (_, n) => `line ${n} of a key`).join('\n');
    const text = `BEGIN\n${key}\n${long(25)}\na = |`;
    const job = jobAt(text, { who: CLOUD, plan: { room: { head: 0, near: 1024, most: 1024 } } });
    expect(windowOf(job.parts).prefix).not.toContain('BEGIN');
    expect(windowOf(job.parts).prefix).toContain('value20');
    expect(job.material[0]?.text).toContain('line 40 of a key');
  });
});

describe('control tokens in the text', () => {
  const token = '<|fim_prefix|>';

  test('leave out their line and what is beyond', () => {
    const { parts } = jobAt(`a();\nx = "${token}";\nb();\nc(‸);\nd();\ny = "${token}";\ne();`);
    expect(windowOf(parts)).toEqual({ prefix: 'b();\nc(', suffix: '\nd();' });
    const close = jobAt(`x = "${token}";\n‸`);
    expect(windowOf(close.parts)).toEqual({ prefix: '', suffix: '' });
  });

  test('in the middle, too, which may have lines above the cursor’s', () => {
    const first = jobAt('a();\n‸');
    const typed = `x = "${token}";\nb();\nc(`;
    const { parts } = jobAt(`a();\n${typed}‸`, { plan: { last: first.anchor } });
    expect(parts).toEqual({ prefix: '', middle: 'b();\nc(', suffix: '' });
  });

  test('allow no prompt on the line of the cursor', () => {
    expect(planned(`x = "${token}"; f(‸`)).toBeUndefined();
    expect(planned(`f(‸a, "${token}")`)).toBeUndefined();
  });

  test('are plain text to a chat, and to a model of another family', () => {
    const marked = `x = "${token}"; f(‸`;
    expect(windowOf(jobAt(marked, { who: LLAMA }).parts).prefix).toBe(`x = "${token}"; f(`);
    expect(windowOf(jobAt(marked, { who: model('codestral:22b') }).parts).prefix).toContain(token);
  });

  test('never get into a prompt, wherever they are', () => {
    const line = fc.constantFrom('a();', '', `"${token}"`, 'b <|fim_', `c ${token}<|endoftext|>`, '}', '\u{1F600}');
    const lines = fc.array(line, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lines, fc.nat(), (all, any) => {
        const text = all.join('\n');
        const cursor = any % (text.length + 1);
        const job = planned(`${text.slice(0, cursor)}‸${text.slice(cursor)}`);
        const { prefix, suffix } = job ? windowOf(job.parts) : { prefix: '', suffix: '' };
        for (const side of [prefix, suffix]) expect(side).not.toMatch(/<\|(?:fim_prefix|endoftext)\|>/);
        expect(text.slice(0, cursor).endsWith(prefix)).toBe(true);
        expect(text.slice(cursor)).toContain(suffix.trimEnd());
      }),
    );
  });
});

describe('a smaller job', () => {
  const big = jobAt(`${long(60)}\nfunction f() {\n    a = |;\n}\n${long(40)}`, { plan: { files: [FILE] } });
  const sizeOf = ({ parts }: Job) => windowOf(parts).prefix.length + windowOf(parts).suffix.length;

  test('has less of the same text, next to the cursor, and no other files', () => {
    const small = shrink(big, 0.5);
    const [was, now] = [windowOf(big.parts), windowOf(small.parts)];
    expect(sizeOf(small)).toBeLessThanOrEqual(sizeOf(big) / 2);
    expect(sizeOf(small)).toBeGreaterThan(sizeOf(big) / 6);
    expect(was.prefix.endsWith(now.prefix)).toBe(true);
    expect(was.suffix.startsWith(now.suffix)).toBe(true);
    expect(now.prefix.endsWith('    a = ')).toBe(true);
    expect(small.files).toEqual([]);
  });

  test('is otherwise the same, with all that was looked at', () => {
    const { parts, files, ...rest } = shrink(big, 0.5);
    expect(big).toMatchObject(rest);
    expect([rest.material, rest.sources, rest.anchor]).toEqual([big.material, big.sources, big.anchor]);
    expect(sizeOf({ ...big, parts })).toBeLessThan(sizeOf(big));
    expect([files, big.files]).toEqual([[], [FILE]]);
  });

  const factor = fc.constantFrom(0.25, 0.5, 0.75);
  const shrunk = (lines: readonly string[], any: number, by: number) => {
    const text = lines.join('\n');
    const cursor = any % (text.length + 1);
    const job = jobAt(`${text.slice(0, cursor)}‸${text.slice(cursor)}`);
    return { job, small: shrink(job, by) };
  };

  test('is as small as it was to be, however long the lines are', () => {
    const line = fc.integer({ min: 1, max: 900 }).map((length) => 'x'.repeat(length));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), fc.nat(), factor, (lines, any, by) => {
        const { job, small } = shrunk(lines, any, by);
        expect(sizeOf(small)).toBeLessThanOrEqual(sizeOf(job) * by);
        expect(windowOf(job.parts).prefix.endsWith(windowOf(small.parts).prefix)).toBe(true);
      }),
    );
  });

  test('has lines of what it was, and what begins the blocks around', () => {
    const line = fc.tuple(fc.nat(6), fc.nat(120)).map(([indent, length]) => ' '.repeat(indent) + 'x'.repeat(length));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), fc.nat(), factor, (lines, any, by) => {
        const { job, small } = shrunk(lines, any, by);
        const [was, now] = [windowOf(job.parts), windowOf(small.parts)];
        expect(sizeOf(small)).toBeLessThanOrEqual(sizeOf(job));
        const left = was.prefix.split('\n');
        for (const each of now.prefix.split('\n').slice(0, -1)) {
          const at = left.indexOf(each);
          expect(at).toBeGreaterThanOrEqual(0);
          left.splice(0, at + 1);
        }
        expect(was.prefix.endsWith(now.prefix.split('\n').at(-1) ?? '')).toBe(true);
        expect(was.suffix.startsWith(now.suffix)).toBe(true);
      }),
    );
  });
});

describe('a request', () => {
  test('of a raw prompt has the markers, and ends with them', () => {
    const ask = askOf(jobAt('a();\nb(|)\nc();'));
    const [profile] = PROFILES;
    expect(ask).toEqual({
      kind: 'complete',
      request: {
        model: QWEN,
        prompt: '<|fim_prefix|>a();\n<|fim_suffix|>\nc();<|fim_middle|>b(',
        stops: profile?.stops,
        maxTokens: 128,
        temperature: 0,
        material: [{ label: 'a.ts', uri: 'file:///a.ts', text: 'a();\nb(\nc();' }],
      },
    });
  });

  test('puts the line before the last marker where a family was not trained otherwise', () => {
    const { request } = askOf(jobAt('a();\nb(|)', { who: model('codellama:7b-code') }));
    expect(request).toMatchObject({ prompt: '<PRE> a();\nb( <SUF> <MID>' });
  });

  test('has other files where the model has a form for them', () => {
    const { request } = askOf(jobAt('a = |', { plan: { files: [FILE] } }));
    expect('prompt' in request && request.prompt).toContain('<|file_sep|>cart.ts\nexport interface Cart {}\n');
    expect('prompt' in request && request.prompt).toContain('<|file_sep|>a.ts\n<|fim_prefix|>');
  });

  test('leaves both sides to a server that has fields for them', () => {
    const { request } = askOf(jobAt('a();\nb(|c)', { who: { ...QWEN, profile: SERVER_FIELDS } }));
    expect(request).toMatchObject({ prompt: 'a();\nb(', suffix: 'c)' });
  });

  test.each([
    ['one line', 'a = |', AUTOMATIC, 64],
    ['several', 'if (a) {|', AUTOMATIC, 128],
    ['one line, and fewer wanted', 'a = |', { ...AUTOMATIC, maxTokens: 20 }, 20],
    ['several on demand', 'a = |', EXPLICIT, 128],
  ])('is for the tokens of %s', (_, marked, options, maxTokens) => {
    expect(askOf(jobAt(marked, { options })).request.maxTokens).toBe(maxTokens);
    // A chat says more around it.
    expect(askOf(jobAt(marked, { options, who: LLAMA })).request.maxTokens).toBe(maxTokens + 64);
  });

  test('is as warm as was asked for, and else greedy', () => {
    const temperatureOf = (who: Model, temperature?: number) =>
      askOf(jobAt('a = |', { who, options: { ...AUTOMATIC, ...(temperature !== undefined && { temperature }) } }))
        .request.temperature;
    for (const who of [QWEN, LLAMA]) expect([temperatureOf(who), temperatureOf(who, 0.7)]).toEqual([0, 0.7]);
    const thinking = { ...LLAMA, abilities: { ...LLAMA.abilities, thinking: true } };
    expect([temperatureOf(thinking), temperatureOf(thinking, 0.7)]).toEqual([undefined, undefined]);
    expect('temperature' in askOf(jobAt('a = |', { who: thinking })).request).toBe(false);
  });

  test('to a chat shows the hole, and ends with the tag', () => {
    const ask = askOf(jobAt('a();\nb(|)\nc();', { who: LLAMA, shot: { fileName: 'cart.go', languageId: 'go' } }));
    expect(ask).toMatchObject({ kind: 'chat', request: { model: LLAMA, stops: ['</fill>'], think: false } });
    const said = 'messages' in ask.request ? ask.request.messages : [];
    expect(said.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(said[1]?.text).toBe('File cart.go (go):\n\na();\nb(<<<HOLE>>>\nc();');
  });

  test('to a chat has a tag that the text does not have', () => {
    const { request } = askOf(jobAt('// </fill>\na = |', { who: LLAMA }));
    expect(request.stops).toEqual(['</fill-1>']);
  });

  test('always says what it was made from', () => {
    for (const who of [QWEN, LLAMA, CLOUD]) {
      const job = jobAt('a = |', { who, plan: { files: [FILE] } });
      expect(askOf(job).request.material).toBe(job.material);
      expect(job.material).toHaveLength(2);
    }
  });
});
