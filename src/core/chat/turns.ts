import * as z from 'zod/mini';
import { type Taint, addTaint } from './taint.ts';
import { TaintForm } from './taintForm.ts';
import { type Intent, type Message, type Thread, startThread } from './thread.ts';

/** What is kept with an answer in somebody else's chat view, for the answers after it. */
const Kept = z.object({ taint: z.array(TaintForm) });

/** An earlier turn of a conversation that is kept elsewhere. */
export type Turn =
  | { readonly role: 'user'; readonly intent: Intent; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly kept: unknown };

/** The thread of a conversation that is kept elsewhere, with all its taint. An answer whose taint is lost counts as private. */
export function threadOfTurns(turns: readonly Turn[], newId: () => string, now: number): Thread {
  let taint: readonly Taint[] = [];
  const messages = turns.map((turn): Message => {
    if (turn.role === 'user') return { role: 'user', id: newId(), intent: turn.intent, text: turn.text, passages: [] };
    const kept = Kept.safeParse(turn.kept);
    taint = addTaint(taint, kept.success ? kept.data.taint : [{ level: 'private' }]);
    return { role: 'assistant', id: newId(), text: turn.text, thinking: '', state: { kind: 'complete' } };
  });
  return { ...startThread(newId(), now), messages, taint };
}

/** What has to be kept with the answer. */
export function keptOf({ taint }: Thread): z.output<typeof Kept> {
  return { taint: taint.map((entry) => ({ ...entry })) };
}
