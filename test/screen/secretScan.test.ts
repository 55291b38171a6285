import { describe, expect, it } from 'vitest';
import { cover } from '../../src/core/privacy/secret.ts';
import { NAMES } from '../../src/screen/ruleNames.ts';
import { RULES, scanText } from '../../src/screen/secretScan.ts';
import { LOOKALIKES, ordinaryCode, secrets } from '../core/privacy/secretCorpus.ts';

describe('the secret scan', () => {
  it.each([1, 2, 3].flatMap((seed) => secrets(seed)))('finds and covers: $service', async ({ text, secret }) => {
    const whole = `const a = 1;\n${text}\nconst b = 2;\n`;
    const found = await scanText(whole);
    expect(found).not.toEqual([]);
    const covered = cover(whole, found, ({ what }) => `[${what}]`);
    for (const line of secret.split('\n')) expect(covered).not.toContain(line);
    expect(covered).toMatch(/^const a = 1;\n[^]*\nconst b = 2;\n$/u);
    expect(await scanText(covered)).toEqual([]);
  });

  it('covers keys whatever letters they have', async () => {
    // The last ones have a key that ends in a slash, and one that ends in a plus.
    for (const seed of [...Array.from({ length: 60 }, (_, n) => n + 1), 81, 95]) {
      for (const { service, text, secret } of secrets(seed)) {
        const covered = cover(text, await scanText(text), () => '');
        // Neither the whole nor an end of it; keys of several lines end in words that everybody knows.
        const parts = secret.includes('\n') ? [secret] : [secret, secret.slice(0, 8), secret.slice(-8)];
        expect(parts.some((part) => covered.includes(part)) && service).toBe(false);
      }
    }
  });

  it('finds every place of a secret', async () => {
    for (const { text, secret } of secrets()) {
      const whole = `${text}\n${text}\n`;
      const covered = cover(whole, await scanText(whole), () => '');
      expect(covered).not.toContain(secret);
    }
  });

  it('finds a key again where nothing around it says that it is one', async () => {
    const [, key] = secrets();
    const text = `${key?.text}\nIt begins so: ${key?.secret}, and then?`;
    expect(cover(text, await scanText(text), () => '')).toBe('\nIt begins so: , and then?');
  });

  it('covers a secret in a secret as one', async () => {
    const [, , token] = secrets();
    const text = `postgres://shop:${token?.secret}@db.shop.example:5432/shop`;
    expect(cover(text, await scanText(text), () => '')).toBe('');
  });

  it.each([
    `const key = 'AIza${'A'.repeat(35)}';`,
    `const key = 'AIza${'aB'.repeat(17)}c';`,
    'AWS_ACCOUNT_ID=123456789012',
  ])('passes placeholders, and numbers of accounts: %s', async (text) => {
    expect(await scanText(text)).toEqual([]);
  });

  // A placeholder in the exact form of a token: held, and one press of a key to send all the same.
  const FALSE_ALARMS = new Set(['xoxb-your-token-here']);
  it.each(LOOKALIKES.filter((text) => !FALSE_ALARMS.has(text)))('passes what only looks like one: %s', async (text) => {
    expect(await scanText(`before\n${text}\nafter`)).toEqual([]);
  });

  it('finds nothing in ordinary code', async () => {
    expect(await scanText(ordinaryCode(100_000))).toEqual([]);
  });

  it('is not turned off by what stands in the text', async () => {
    const [, , github] = secrets();
    if (!github) throw new Error('no sample');
    for (const comment of ['// secretlint-disable', '/* secretlint-disable */', '// secretlint-disable-next-line']) {
      expect(await scanText(`${comment}\n${github.text}\n`)).toHaveLength(1);
    }
  });

  it('has a name for people for every rule', () => {
    const ids = RULES.map(({ id }) => id.replace('@secretlint/secretlint-rule-', ''));
    expect(ids.toSorted()).toEqual(Object.keys(NAMES).toSorted());
  });
});
