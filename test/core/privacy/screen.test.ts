import { describe, expect, it } from 'vitest';
import { type Finding, createScreen, isHeld } from '../../../src/core/privacy/screen.ts';
import { type Secret, cover, excerptAt } from '../../../src/core/privacy/secret.ts';
import { scanText } from '../../../src/screen/secretScan.ts';
import { secrets } from './secretCorpus.ts';

const screen = createScreen({
  scan: scanText,
  ignored: async (uri) => Promise.resolve(uri.endsWith('.env') ? '.env' : undefined),
});

async function findings(...args: Parameters<typeof screen.inspect>): Promise<readonly Finding[]> {
  const held = await screen.inspect(...args);
  return held && isHeld(held) ? held.findings : [];
}

describe('the screen', () => {
  it('does not look at what stays on this machine', async () => {
    let looked = 0;
    const blind = createScreen({
      scan: async () => Promise.resolve((looked += 1) === 0 ? [] : []),
      ignored: async () => Promise.reject(new Error('not here')),
    });
    const parcel = { texts: [{ label: 'x', text: 'x' }], material: [{ label: 'x', uri: 'file:///.env', text: 'x' }] };
    expect(await blind.inspect(parcel, 'device')).toBeUndefined();
    expect(looked).toBe(0);
  });

  it.each(['network', 'cloud'] as const)('holds a secret back from the %s, and tells where it stands', async (zone) => {
    for (const { text, secret } of secrets()) {
      const passage = `// one\n// two\n${text}\n`;
      const held = await screen.inspect(
        {
          texts: [{ label: 'a message of yours', text: `Why?\n\nFrom a.ts:\n\n${passage}` }],
          material: [
            { label: 'your question', text: 'Why?' },
            { label: 'a.ts', uri: 'file:///a.ts', firstLine: 10, text: passage },
          ],
        },
        zone,
      );
      expect(held).toMatchObject({ outcome: 'refused', rule: 'secret' });
      if (!held || !isHeld(held)) throw new Error('not held');
      // Once, though the prompt has it too; and with the line of the document.
      expect(held.findings).toHaveLength(1);
      expect(held.findings[0]).toMatchObject({ kind: 'secret', where: 'a.ts, line 13' });
      const told = JSON.stringify(held);
      const parts = Array.from(secret, (_, at) => secret.slice(at, at + 8)).filter((part) => part.length === 8);
      const leaked = parts.filter((part) => !/^-|PRIVATE|KEY/u.test(part) && told.includes(part));
      expect(leaked).toEqual([]);
      expect(held.reason).not.toContain('a.ts');
    }
  });

  it('shows no secret in the excerpt of another', async () => {
    const [, , one, other] = secrets();
    const text = `use('${one?.secret}', '${other?.secret}');`;
    const told = await findings({ texts: [{ label: 'the prompt', text }], material: [] }, 'cloud');
    expect(told.map((each) => each.kind === 'secret' && each.excerpt)).toEqual(
      Array.from({ length: 2 }, () => "use('••••••••', '••••••••');"),
    );
  });

  it('finds in the prompt what is in no material', async () => {
    const [sample] = secrets();
    const texts = [{ label: 'the prompt', text: sample?.text ?? '' }];
    expect(await findings({ texts, material: [] }, 'cloud')).toMatchObject([{ where: 'the prompt' }]);
  });

  it('finds in the material what was cut out of the prompt', async () => {
    const [sample] = secrets();
    const material = [{ label: 'a.ts', uri: 'file:///a.ts', firstLine: 0, text: sample?.text ?? '' }];
    expect(await findings({ texts: [{ label: 'the prompt', text: 'cut' }], material }, 'cloud')).toHaveLength(1);
  });

  it('holds text of ignored files, and names no file in the reason', async () => {
    const material = [{ label: 'shop/.env', uri: 'file:///shop/.env', text: 'A=1' }];
    const held = await screen.inspect({ texts: [], material }, 'cloud');
    expect(held).toMatchObject({
      rule: 'ignored',
      findings: [{ kind: 'ignored', where: 'shop/.env', pattern: '.env' }],
    });
    expect(held?.reason).not.toContain('.env');
  });

  it.each(['scan', 'ignored'] as const)('refuses what it cannot look at: %s', async (broken) => {
    const broke = async () => Promise.reject(new Error('broken'));
    const blind = createScreen({
      scan: async () => Promise.resolve([]),
      ignored: async () => Promise.resolve(undefined),
      [broken]: broke,
    });
    const parcel = { texts: [], material: [{ label: 'a', uri: 'file:///a', text: 'a' }] };
    expect(await blind.inspect(parcel, 'cloud')).toMatchObject({ outcome: 'refused', rule: 'screen' });
  });

  it('redacts with a word for what was there', async () => {
    const github = secrets().find(({ service }) => service === 'GitHub token');
    expect(await screen.redact(github?.text ?? '')).toBe("const githubToken = '[redacted: GitHub token]';");
    expect(await screen.redact('const a = 1;')).toBe('const a = 1;');
  });
});

describe('covering', () => {
  const at = (start: number, end: number): Secret => ({ what: `${start}`, start, end });

  it('joins what overlaps', () => {
    expect(cover('abcdefghij', [at(5, 8), at(1, 4), at(2, 6)], ({ what }) => `<${what}>`)).toBe('a<1>ij');
    expect(cover('abcdefghij', [at(1, 9), at(2, 4)], ({ what }) => `<${what}>`)).toBe('a<1>j');
    expect(cover('abc', [], () => 'x')).toBe('abc');
    expect(cover('abc', [at(0, 3)], () => 'x')).toBe('x');
  });

  it('shows the line with every secret on it covered, short', () => {
    const text = `first\n${'x'.repeat(200)} key=SECRET, other=HIDDEN ${'y'.repeat(200)}\nlast`;
    const start = text.indexOf('SECRET');
    const other = text.indexOf('HIDDEN');
    const all = [at(start, start + 6), at(other, other + 6)];
    for (const each of all) {
      const excerpt = excerptAt(text, each, all);
      expect(excerpt).toMatch(/^….*key=•+, other=•+.*…$/u);
      expect(excerpt.length).toBeLessThan(110);
    }
    expect(excerptAt('SECRET\nnext', at(0, 6), [at(0, 6)])).toBe('••••••••');
    expect(excerptAt('a\n  k = SECRET', at(8, 14), [at(8, 14)])).toBe('k = ••••••••');
  });
});
