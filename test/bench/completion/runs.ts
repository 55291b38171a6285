import { model } from '../../core/completion/sample.ts';
import type { CorpusFile } from './corpus.ts';
import type { Speed } from './machine.ts';
import type { Mood } from './noise.ts';
import { createOracle } from './oracle.ts';
import { planOf } from './plan.ts';
import { type SessionResult, runSession } from './session.ts';
import type { SubjectKind } from './subject.ts';
import { createVirtualTime } from './virtualTime.ts';

export const SPEEDS = {
  fast: { prefill: 3_000, decode: 80 },
  slow: { prefill: 600, decode: 25 },
} as const satisfies Record<string, Speed>;
export type SpeedName = keyof typeof SPEEDS;
export const SPEED_NAMES = ['fast', 'slow'] as const satisfies readonly SpeedName[];

export interface RunOptions {
  readonly files: readonly CorpusFile[];
  readonly kind: SubjectKind;
  readonly speed: SpeedName;
  readonly mood: Mood;
  readonly mode: 'type' | 'accept';
  readonly seed: string;
  /** Sessions per file. */
  readonly sessions: number;
  readonly trace?: (line: string) => void;
}

/** Sessions over all files, one after the other, each with a server and a subject of its own. */
export async function runAll({
  files,
  kind,
  speed,
  mood,
  mode,
  seed,
  sessions,
  trace,
}: RunOptions): Promise<SessionResult[]> {
  const results: SessionResult[] = [];
  for (const file of files) {
    for (let index = 0; index < sessions; index++) {
      const own = `${seed}/${index}`;
      const time = createVirtualTime();
      const oracle = createOracle({ clock: time, speed: SPEEDS[speed], mood, seed: own, text: file.text });
      const tabs = files.flatMap(({ name, language, text }) =>
        language === file.language && name !== file.name ? [{ path: name, text }] : [],
      );
      const world = { send: oracle.send, clock: time, model: MODEL, tabs };
      trace?.(`== ${kind.name}, ${speed}, ${mood}, ${mode}: ${file.name}, session ${index}`);
      const plan = planOf(file, own);
      const options = { plan, kind, world, time, requests: oracle.requests, mode, ...(trace && { trace }) };
      results.push(await runSession(options));
    }
  }
  return results;
}

export const MODEL = model('qwen2.5-coder:7b', { contextLength: 32_768, loaded: { contextLength: 8_192 } });
