import type { Verification } from './ledgerEntry.ts';

/** What became of one forbidden attempt. */
export interface AttemptResult {
  readonly id: string;
  /** What was tried, as a sentence. */
  readonly tried: string;
  /** Which rule stopped it, and its words; absent when nothing did. */
  readonly stoppedBy?: { readonly rule: string; readonly reason: string };
  /** The rule that was meant to stop it, where another one did. */
  readonly meant?: string;
  /** What came in at the listeners that must receive nothing, and what the ledger saw leave for other machines. */
  readonly arrived: Arrived;
  /** What happened instead of a refusal. */
  readonly instead?: string;
}

export interface Arrived {
  readonly connections: number;
  readonly bytes: number;
}

/** One way in which a page of a webview tried to reach out. */
export interface PageTry {
  readonly way: string;
  readonly blocked: boolean;
  readonly detail: string;
}

export interface VerificationReport {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly durationMs: number;
  readonly results: readonly AttemptResult[];
  /** Attempts that there are; more than the results when it was cancelled. */
  readonly attempts: number;
  readonly chain: Verification;
  /** Lines that the attempts left in the ledger. */
  readonly lines: number;
}

export type Verdict = 'held' | 'through' | 'chainBroken' | 'cancelled';

/** Whether an attempt was stopped, and nothing arrived. */
export function isHeld({ stoppedBy, arrived }: Pick<AttemptResult, 'stoppedBy' | 'arrived'>): boolean {
  return stoppedBy !== undefined && arrived.connections === 0 && arrived.bytes === 0;
}

/** What is worst comes first. */
export function verdictOf({ results, attempts, chain }: VerificationReport): Verdict {
  if (results.some((result) => !isHeld(result))) return 'through';
  if (results.length < attempts) return 'cancelled';
  return chain.intact ? 'held' : 'chainBroken';
}

/** The verdict in a sentence, and what to do. */
export function verdictText(report: VerificationReport): { readonly title: string; readonly advice: string } {
  const { results, attempts, chain } = report;
  const through = results.filter((result) => !isHeld(result)).length;
  switch (verdictOf(report)) {
    case 'held':
      return {
        title: `All ${attempts} forbidden attempts were stopped, and nothing arrived.`,
        advice: 'This shows that the rules work in this window as it is now. What cannot be known is in SECURITY.md.',
      };
    case 'through':
      return {
        title: `${through} of ${results.length} forbidden attempts were not stopped.`,
        advice:
          'This is a hole. Use no private workspace with this version, save this report, and report it as SECURITY.md says. Only harmless text was used.',
      };
    case 'chainBroken':
      return {
        title: `All ${attempts} forbidden attempts were stopped, but the ledger’s chain of hashes is broken.`,
        advice: `${chain.intact ? '' : chainWords(chain)} Somebody changed the ledger, or the disk is damaged: what it says of the past cannot be relied on.`,
      };
    case 'cancelled':
      return {
        title: `Cancelled after ${results.length} of ${attempts} attempts.`,
        advice: 'The ones that were made were stopped. Run it again for a verdict.',
      };
  }
}

export function chainWords(chain: Verification): string {
  return chain.intact
    ? `The ledger’s chain of hashes is intact: ${chain.lines} lines.`
    : `The ledger’s chain of hashes is broken at ${chain.file}, line ${chain.line}: ${chain.problem}`;
}

export function arrivedWords({ connections, bytes }: Arrived): string {
  if (connections === 0) return '0 bytes';
  return `${bytes} bytes in ${connections} ${connections === 1 ? 'connection' : 'connections'}`;
}

/** The report as a document to keep or to send. */
export function markdownOf(report: VerificationReport, version: string): string {
  const { title, advice } = verdictText(report);
  const rows = report.results.map((result) => {
    const { tried, stoppedBy, arrived, instead, meant } = result;
    const by = stoppedBy ? `\`${stoppedBy.rule}\`: ${stoppedBy.reason}` : `**Not stopped.** ${instead ?? ''}`;
    const note = meant === undefined ? '' : ` (\`${meant}\` was meant to stop it)`;
    return `| ${isHeld(result) ? 'stopped' : '**THROUGH**'} | ${cell(tried)} | ${cell(by + note)} | ${arrivedWords(arrived)} |`;
  });
  return [
    '# Switchyard: Verify Privacy',
    '',
    `**${title}** ${advice}`,
    '',
    `Switchyard ${version}, ${report.time}, ${(report.durationMs / 1000).toFixed(1)} s.`,
    `${chainWords(report.chain)} The attempts left ${report.lines} lines in it.`,
    '',
    '| | tried | stopped by | arrived |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    'Each attempt was made for real, with the policy and the door that serve every request, as if the text came from a',
    'private folder. The text was a fixed harmless one. “Arrived” counts what came in at listeners on this machine that',
    'stand for the outside, and requests that the ledger saw leave for configured servers.',
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();
}
