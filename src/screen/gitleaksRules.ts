import type { Secret } from '../core/privacy/secret.ts';

/**
 * Rules of gitleaks 8.30.1 (config/gitleaks.toml, MIT, Copyright (c) 2019 Zachary Rice) for services that secretlint's
 * recommended rules lack: those that know a key by its form alone. Each expression takes linear time in JavaScript as well.
 */
const END = String.raw`(?:[\x60'"\s;]|\\[nr]|$)`;

export const GITLEAKS_RULES: readonly ((text: string) => readonly Secret[])[] = [
  rule('Google API key', String.raw`\b(AIza[\w-]{35})${END}`, 4),
  rule('PyPI token', String.raw`(pypi-AgEIcHlwaS5vcmc[\w-]{50,1000})`, 3),
  rule('DigitalOcean token', String.raw`\b(do[opr]_v1_[a-fA-F0-9]{64})${END}`, 3),
  rule('Twilio key', '(SK[0-9a-fA-F]{32})', 3),
  rule(
    'JSON Web Token',
    String.raw`\b(ey[a-zA-Z0-9]{17,}\.ey[a-zA-Z0-9/\\_-]{17,}\.(?:[a-zA-Z0-9/\\_-]{10,}={0,2})?)${END}`,
    3,
  ),
  // Those of secretlint allow one hyphen only; keys have any number.
  rule('SendGrid key', String.raw`\b(SG\.[a-zA-Z0-9=_\-.]{66})${END}`, 2),
  // Secretlint's own, with an end that fits keys which end in `+` or `/` as well.
  rule(
    'AWS key',
    String.raw`(?:SECRET|secret|Secret)_?(?:ACCESS|access|Access)_?(?:KEY|key|Key)["']?\s*(?::|=>|=)\s*["']?([A-Za-z0-9/+=]{40})(?![A-Za-z0-9/+=])`,
    3,
  ),
  rule('Perplexity key', String.raw`\b(pplx-[a-zA-Z0-9]{48})\b`, 4),
  rule('RubyGems key', String.raw`\b(rubygems_[a-f0-9]{48})${END}`, 2),
  rule('Sentry token', String.raw`\b(sntryu_[a-f0-9]{64})${END}`, 3.5),
  rule('Postman key', String.raw`\b(PMAK-[a-fA-F0-9]{24}-[a-fA-F0-9]{34})${END}`, 3),
  rule('Heroku key', String.raw`\b(HRKU-AA[0-9a-zA-Z_-]{58})${END}`, 4),
  rule('age key', '(AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})', 0),
];

/** `least`: bits of entropy for each character; less is a placeholder. */
function rule(what: string, source: string, least: number): (text: string) => readonly Secret[] {
  const pattern = new RegExp(source, 'g');
  return (text) =>
    Array.from(text.matchAll(pattern), (match): Secret => {
      const value = match[1] ?? '';
      const start = match.index + match[0].indexOf(value);
      return { what, start, end: start + value.length };
    }).filter(({ start, end }) => entropy(text.slice(start, end)) > least);
}

/** Shannon's, in bits for each character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}
