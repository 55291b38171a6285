import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import type { Secret } from '../core/privacy/secret.ts';
import { GITLEAKS_RULES } from './gitleaksRules.ts';
import { NAMES } from './ruleNames.ts';

/*
 * Compared in November 2026 on test/core/privacy/secretCorpus.ts (28 kinds of secrets, 24 lookalikes) and 100 kB of code:
 * secretlint's recommended rules 13.0.7 (MIT, 79 kB, no client): 23 found, 1 false alarm, 1.4 ms; released every few weeks.
 * gitleaks' rules 8.30.1 (MIT, 61 kB, in no npm package): 26 found, 2 false alarms, 27 ms; they are written for RE2, and
 * JavaScript's engine backtracks. redact-secrets 1.0.0 knows names of fields only. So: secretlint, and what it lacks of gitleaks.
 */

// It keeps a list of marks, one for every rule of every scan.
secretLintProfiler.setEnabled(false);

const PREFIX = '@secretlint/secretlint-rule-';
/** A comment in the text must not turn the rules off: the text is not the user's settings. */
const COMMENTS = `${PREFIX}filter-comments`;
/** Numbers of accounts are no secrets. */
const NO_SECRETS = new Set(['AWSAccountID']);
/** Shorter data of a rule (a name, a kind) is not the secret. */
const LEAST = 8;

export const RULES = rules
  .filter(({ meta }) => meta.id !== COMMENTS)
  .map((rule) => ({ id: rule.meta.id, rule, options: { enableIDScanRule: true } }));

/** Every secret in a text: secretlint's recommended rules, and a few of gitleaks for what those lack. */
export async function scanText(text: string): Promise<readonly Secret[]> {
  const { messages } = await lintSource({
    source: { content: text, filePath: 'prompt', ext: '', contentType: 'text' },
    options: { noPhysicFilePath: true, config: { rules: RULES } },
  });
  const found: Secret[] = [];
  for (const { ruleId, messageId, range, data } of messages) {
    if (NO_SECRETS.has(messageId)) continue;
    const what = NAMES[ruleId.slice(PREFIX.length)] ?? 'Secret';
    found.push({ what, start: range[0], end: range[1] });
    // Ranges are not exact in every rule (that of AWS begins at the variable's name and has the key's length).
    for (const value of Object.values(data ?? {})) {
      if (typeof value === 'string' && value.length >= LEAST) found.push(...placesOf(text, value, what));
    }
  }
  return whole([...found, ...GITLEAKS_RULES.flatMap((rule) => rule(text))]);
}

function placesOf(text: string, value: string, what: string): readonly Secret[] {
  const places: Secret[] = [];
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
    places.push({ what, start: at, end: at + value.length });
  }
  return places;
}

/** What overlaps or touches is one secret, under the name that was found first. */
function whole(secrets: readonly Secret[]): readonly Secret[] {
  const joined: Secret[] = [];
  for (const secret of secrets.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = joined.at(-1);
    if (last && secret.start <= last.end) joined[joined.length - 1] = { ...last, end: Math.max(last.end, secret.end) };
    else joined.push(secret);
  }
  return joined;
}
