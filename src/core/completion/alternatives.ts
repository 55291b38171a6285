import type { Clock } from '../event.ts';
import type { Job } from './job.ts';
import { type Send, startRun } from './run.ts';

/** Greedy answers are all the same. */
const TEMPERATURE = 0.7;

/** Asks for a job's text so many times, one request after the other. Never rejects; gives what has come when aborted. */
export async function sample(
  job: Job,
  times: number,
  send: Send,
  clock: Clock,
  signal: AbortSignal,
): Promise<string[]> {
  const texts: string[] = [];
  const warmer: Job = { ...job, options: { ...job.options, temperature: TEMPERATURE } };
  for (let time = 0; time < times && !signal.aborted; time++) {
    const text = await one(warmer, send, clock, signal);
    if (text === undefined) break;
    texts.push(text);
  }
  return texts;
}

/** `undefined` when there is no use in asking again. */
function one(job: Job, send: Send, clock: Clock, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const run = startRun(job, send, clock, {
      onText: () => {},
      onEnd(_, end) {
        signal.removeEventListener('abort', cancel);
        resolve(end.end === 'done' ? end.text : undefined);
      },
    });
    const cancel = () => {
      run.cancel();
      resolve(undefined);
    };
    signal.addEventListener('abort', cancel, { once: true });
  });
}
