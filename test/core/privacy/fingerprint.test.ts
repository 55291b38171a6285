import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownPartOf } from '../../../src/core/privacy/boilerplate.ts';
import { FOUND, fingerprint, fingerprinting } from '../../../src/core/privacy/fingerprint.ts';
import { type SipKey, sipHash } from '../../../src/core/privacy/sipHash.ts';

const ROOT = join(import.meta.dirname, '../../..');
const KEY: SipKey = [0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c];

const hashes = (text: string, key: SipKey = KEY) => {
  const all = new Set<number>();
  fingerprint(text, key, (hash) => all.add(hash));
  return all;
};
const inCommon = (one: string, other: string) => [...hashes(other)].filter((hash) => hashes(one).has(hash)).length;

/** Source files below a folder of this project or of a package. */
function filesIn(folder: string, suffix: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => suffix.test(name) && !/(^|[/\\])(node_modules|dist|build|min)[/\\.]/u.test(name))
    .map((name) => join(ROOT, folder, name))
    .filter((path) => statSync(path).isFile() && statSync(path).size < 200_000)
    .toSorted();
}

const own = filesIn('src', /\.ts$/u).map((path) => readFileSync(path, 'utf8'));

describe('SipHash-2-4', () => {
  it.each([
    // The first vectors of even length of the reference implementation (vectors.h, 64 bits).
    [0, '726fdb47dd0e0e31'],
    [2, '0d6c8009d9a94f5a'],
    [4, 'cf2794e0277187b7'],
    [6, 'cbc9466e58fee3ce'],
    [8, '93f5f5799a932462'],
  ])('is the reference’s for %i bytes', (length, expected) => {
    const bytes = Uint8Array.from({ length }, (_, n) => n);
    const units = new Uint16Array(bytes.buffer);
    const [low, high] = sipHash(KEY, units, 0, units.length);
    const text = [high, low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    expect(text).toBe(expected);
  });
});

describe('a copied piece of text', () => {
  /** A piece of one of our files without its imports and the like, with enough characters that count. */
  const piece = fc
    .tuple(fc.nat(own.length - 1), fc.nat(), fc.nat(400))
    .map(([file, at, more]) => {
      const lines = (own[file] ?? '').split('\n');
      const text = lines.filter((line) => ownPartOf(line) === line).join('\n');
      const start = at % Math.max(1, text.length - 200);
      let end = start;
      for (let counted = 0; counted < FOUND + more && end < text.length; end += 1) {
        if (/\S/u.test(text[end] ?? '')) counted += 1;
      }
      return { text: text.slice(Math.max(0, start - 1000), end + 1000), copy: text.slice(start, end) };
    })
    .filter(({ copy }) => copy.replaceAll(/\s/gu, '').length >= FOUND && differs(copy));

  /** Every gram of it says something: it is no table and no ruler. */
  function differs(copy: string): boolean {
    const dense = copy.replaceAll(/\s/gu, '');
    return Array.from({ length: dense.length - 39 }, (_, at) => new Set(dense.slice(at, at + 40)).size).every(
      (different) => different >= 12,
    );
  }

  it('is found, wherever it stands', { timeout: 30_000 }, () => {
    const prose = fc.string({ unit: 'grapheme', maxLength: 300 });
    fc.assert(
      fc.property(piece, prose, prose, ({ text, copy }, before, after) => {
        expect(inCommon(text, `${before}\n${copy}\n${after}`)).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  it(
    'is found when it was indented otherwise, wrapped otherwise, or given other line ends',
    { timeout: 30_000 },
    () => {
      const space = fc.constantFrom('\t', '    ', '        ', ' ');
      fc.assert(
        fc.property(piece, space, fc.boolean(), ({ text, copy }, indent, windows) => {
          const indented = copy
            .split('\n')
            .map((line) => indent + line.trim())
            .join(windows ? '\r\n' : '\n');
          const wrapped = copy.replaceAll(/\s+/gu, '\n');
          expect(inCommon(text, `pasted:\n${indented}`)).toBeGreaterThan(0);
          expect(inCommon(text, wrapped)).toBeGreaterThan(0);
        }),
        { numRuns: 200 },
      );
    },
  );

  it('is found in a text of any length, which is looked at in steps', () => {
    const long = own.join('\n').slice(0, 150_000);
    let steps = 0;
    const found = new Set<number>();
    for (const _ of fingerprinting(long, KEY, (hash) => found.add(hash))) steps += 1;
    expect(steps).toBeGreaterThan(10);
    // The same hashes as each part has, where it is too short for steps; none is lost where one step ends.
    const parts = Array.from({ length: 29 }, (_, n) =>
      long.slice(n * 5000, n * 5000 + 10_000).replace(/^.*\n|\n.*$/gu, ''),
    );
    for (const part of parts) for (const hash of hashes(part)) expect(found.has(hash)).toBe(true);
  });

  it.each([
    'The staging database of client Contoso is reached at https://db7.internal.contoso.example:8443/admin with the account svc-payroll and it must be kept secret.',
    'Licensed customers of the unreleased product Falcon are Contoso, Fabrikam, Initech and Globex, each paying 1.2 million a year.',
    'Import duties for the Falcon shipment to Contoso are hidden in the cost centre 4711 and must not be told to anybody outside.',
  ])('is found when it reads like what everybody writes: %s', (text) => {
    expect(inCommon(`# Notes\n\n${text}\n`, `Say it better: ${text}`)).toBeGreaterThan(0);
  });

  it('is not found with another key, nor when it is shorter than a gram', () => {
    const [text = ''] = own;
    expect([...hashes(text, [1, 2, 3, 4])].filter((hash) => hashes(text).has(hash))).toEqual([]);
    expect(hashes('const short = answer(42);').size).toBe(0);
  });

  it('says nothing where everybody writes the same', () => {
    const common = [
      "import { describe, expect, it } from 'vitest';\nimport { readFileSync, writeFileSync } from 'node:fs';",
      'import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import LinearRegression',
      '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>',
      `/*${'-'.repeat(200)}*/\n${'='.repeat(100)}`,
      `${'}\n'.repeat(40)}${'      ],\n    },\n'.repeat(30)}`,
      'Object.defineProperty(exports, "__esModule", { value: true });',
      '0000000000000000 0000000100000000 0000001000000000 0101010101010101',
    ];
    for (const text of common) expect([text.slice(0, 30), hashes(text).size]).toEqual([text.slice(0, 30), 0]);
  });
});

describe('unrelated code', () => {
  // Written by hand, under permissive licences, by people who have nothing to do with each other.
  const packages = [
    ['node_modules/undici/lib', /\.js$/u],
    ['node_modules/postcss/lib', /\.js$/u],
    ['node_modules/mocha/lib', /\.js$/u],
    ['node_modules/zod/src', /\.ts$/u],
    ['node_modules/yargs-parser', /\.js$/u],
    ['node_modules/semver', /\.js$/u],
    ['node_modules/highlight.js/lib/languages', /\.js$/u],
    // The rest of it has copies of the zod package's code in it, which are found.
    ['node_modules/openai/src/resources', /\.ts$/u],
    ['src', /\.ts$/u],
  ] as const;

  it('is taken for private code in less than 1 % of its files', { timeout: 60_000 }, () => {
    const read = packages.map(([folder, suffix]) => filesIn(folder, suffix).map((path) => readFileSync(path, 'utf8')));
    const hashed = read.map((files) => files.map((text) => [...hashes(text)]));
    const known = hashed.map((files) => new Set(files.flat()));
    const wrong = hashed.flatMap((files, index) =>
      files.filter((all) => known.some((others, other) => other !== index && all.some((hash) => others.has(hash)))),
    ).length;
    const files = read.reduce((sum, texts) => sum + texts.length, 0);
    console.log(`${wrong} of ${files} files, against all other packages together`);
    expect(files).toBeGreaterThan(500);
    expect(wrong / files).toBeLessThan(0.01);
  });
});
