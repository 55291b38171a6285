import { type AttemptResult, type PageTry, type VerificationReport, isHeld } from '../core/privacy/verification.ts';
import { listen } from './verifyListener.ts';
import { NAME_ATTEMPTS, SPELLING_ATTEMPTS } from './verifyAddresses.ts';
import { type Attempt, CLEARANCE_ATTEMPTS, CLOUD_NAME_ATTEMPTS, configuredAttempts } from './verifyAttempts.ts';
import { ON_THE_WAY_ATTEMPTS } from './verifyOnTheWay.ts';
import { type Outcome, type Stage, type VerifyParts, createStage, stopped } from './verifyStage.ts';

export interface Following {
  /** Told of every attempt as it ends. What arrives later is in the report. */
  readonly onResult?: (result: AttemptResult, done: number, of: number) => void;
  /** Ends it after the attempt that is being made. */
  readonly signal: AbortSignal;
}

/** Milliseconds for which listeners stay open after the last attempt: what comes late counts as well. */
const LATE_MS = 150;

/** Makes every forbidden attempt for real, one after another, and says what stopped each. Leaves no listener behind. */
export async function verifyPrivacy(parts: VerifyParts, { onResult, signal }: Following): Promise<VerificationReport> {
  const started = performance.now();
  const time = new Date().toISOString();
  const attempts = attemptsFor(parts);
  const made: { readonly attempt: Attempt; readonly stage: Stage; readonly outcome: Outcome }[] = [];
  // One for all: in a remote window VS Code forwards every port that it sees opened.
  const outside = await listen();
  let lines = 0;
  const counting = parts.ledger.onDidAppend(({ task }) => {
    if (task === 'verify' || task === undefined) lines += 1;
  });
  try {
    for (const attempt of attempts) {
      if (signal.aborted) break;
      made.at(-1)?.stage.end();
      const stage = createStage(parts, outside, signal);
      let outcome: Outcome;
      try {
        outcome = await attempt.run(stage);
      } catch (error) {
        outcome = { instead: `It could not be tried: ${String(error)}` };
      }
      stage.dispose();
      // What was cut short by cancelling proves nothing.
      const one = { attempt, stage, outcome };
      if (signal.aborted && !isHeld(resultOf(one))) break;
      made.push(one);
      onResult?.(resultOf(one), made.length, attempts.length);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, LATE_MS);
    });
    return {
      time,
      durationMs: performance.now() - started,
      results: made.map(resultOf),
      attempts: attempts.length,
      chain: await parts.ledger.verify(),
      lines,
    };
  } finally {
    counting.dispose();
    outside.dispose();
  }
}

export function attemptsFor(parts: VerifyParts): readonly Attempt[] {
  return [
    ...configuredAttempts(parts),
    ...NAME_ATTEMPTS,
    ...SPELLING_ATTEMPTS,
    ...CLOUD_NAME_ATTEMPTS,
    ...ON_THE_WAY_ATTEMPTS,
    ...CLEARANCE_ATTEMPTS,
    ...(parts.fromPage ? [pageAttempt(parts.fromPage)] : []),
  ];
}

function pageAttempt(fromPage: NonNullable<VerifyParts['fromPage']>): Attempt {
  return {
    id: 'page',
    tried: 'Have a page of Switchyard reach out by itself, in every way that a page has.',
    rules: ['csp'],
    // Measured with Chromium 156: of all ways only a frame does it, and it sends nothing.
    emptyConnection: 'The browser opened a connection for the frame before it read the policy, and sent nothing.',
    async run(stage) {
      const { url } = stage.outside;
      const tries = await fromPage(url, stage.signal);
      const open = tries.filter(({ blocked }) => !blocked);
      if (tries.length === 0) return { instead: 'The page did not answer.' };
      if (open.length > 0) return { instead: `These were not blocked: ${open.map(wayText).join('; ')}` };
      return stopped('csp', `The page’s policy blocked ${tries.map(({ way }) => way).join(', ')}.`);
    },
  };
}

function wayText({ way, detail }: PageTry): string {
  return detail === '' ? way : `${way} (${detail})`;
}

function resultOf({ attempt, stage, outcome }: { attempt: Attempt; stage: Stage; outcome: Outcome }): AttemptResult {
  const { id, tried, rules, emptyConnection } = attempt;
  const { alsoArrived, ...said } = outcome;
  const { connections, bytes } = stage.arrived;
  const arrived = {
    connections: connections + (alsoArrived?.connections ?? 0),
    bytes: bytes + (alsoArrived?.bytes ?? 0),
  };
  const rule = said.stoppedBy?.rule;
  if (emptyConnection !== undefined && said.stoppedBy && arrived.bytes === 0 && arrived.connections > 0) {
    const reason = `${said.stoppedBy.reason} ${emptyConnection}`;
    return { id, tried, stoppedBy: { ...said.stoppedBy, reason }, arrived: { connections: 0, bytes: 0 } };
  }
  const other = rule !== undefined && !rules.includes(rule);
  return { id, tried, ...said, ...(other && rules[0] !== undefined && { meant: rules[0] }), arrived };
}
