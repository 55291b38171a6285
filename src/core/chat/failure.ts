import { AppError, type Refusal } from '../outcome.ts';
import type { Levels } from '../privacy/levels.ts';
import type { Mend } from '../routing/problem.ts';
import { type Failure, type Thread, levelOfThread } from './thread.ts';

/** A failure in words for people, with the button that mends it. */
export interface Words {
  readonly text: string;
  readonly mend?: Mend;
}

const SWITCH: Mend = { command: 'switchyard.pickModel', title: 'Switch Model', args: [{ role: 'chat' }] };
const NEW_CHAT: Mend = { command: 'switchyard.newChat', title: 'New Chat' };
const SHOW: Mend = { command: 'switchyard.releaseChat', title: 'Show What Is in It…' };

export function failureOf(error: unknown, explain: (error: AppError) => Words): Failure {
  const known =
    error instanceof AppError
      ? error
      : new AppError('serverError', { detail: error instanceof Error ? error.message : String(error), cause: error });
  const { text, mend } = explain(known);
  return { kind: known.kind, text, mends: mend ? [mend.command === SWITCH.command ? SWITCH : mend] : [] };
}

/** `mends`: what would give the user a model again, before the choice of another one. */
export function noModelFailure(why: string | undefined, mends: readonly Mend[]): Failure {
  const others = mends.filter(({ command }) => command !== SWITCH.command);
  return { kind: 'noModel', text: why ?? 'No model is chosen for chat.', mends: [...others, SWITCH] };
}

/** The policy's no. When it is the thread's past that forbids the model, a new chat and a release are ways out too. */
export function refusedFailure({ reason }: Refusal, thread: Thread, levels: Pick<Levels, 'of'>): Failure {
  const now = levels.of([{ kind: 'window' }]).level;
  const carried = levelOfThread(thread);
  if (carried === undefined || carried === now) return { kind: 'refused', text: reason, mends: [SWITCH] };
  const word = carried === 'private' ? 'private-only' : carried;
  const text = `This chat carries ${word} text, so this model cannot continue it. Switch to a model that may read it, or start a new chat without that text.`;
  return { kind: 'refused', text, mends: [SWITCH, NEW_CHAT, SHOW] };
}
