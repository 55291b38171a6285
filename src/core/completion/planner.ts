import type { Clock } from '../event.ts';
import type { Model, ModelId } from '../model.ts';
import type { Anchor, Room } from './assembler.ts';
import { promptRoom } from './budget.ts';
import { type Context, chooseFiles } from './contextStore.ts';
import { type Job, type PromptFile, type Spot, plan } from './job.ts';
import type { Meter } from './meter.ts';
import type { Snapshot } from './snapshot.ts';

/** Makes jobs, and knows what the prompts before them had, so that each goes on where the last one left off. */
export interface Planner {
  /** `undefined` where no prompt can be built. Reads the document before it returns, and not later. */
  plan(spot: Spot, snapshot: Snapshot): Job | undefined;
  /** The same where nobody waits: other files are looked at anew, if it has none or has had them for long. */
  planAnew(spot: Spot, snapshot: Snapshot): Job | undefined;
  /** The job's prompt is what the server has read now. */
  sent(job: Job): void;
  /** Prompts for this model are half as long from now on. False when they are already. */
  halve(id: ModelId): boolean;
}

/** Documents whose last prompt is remembered. */
const DOCUMENTS = 8;
/** Milliseconds for which the other files of a prompt stay: all of it has to be read again when they change. */
const FILES_MS = 20_000;
/** Characters for other files, of those for the document. */
const FILES_SHARE = 0.25;

interface Kept {
  readonly anchor: Anchor;
  readonly files: readonly PromptFile[];
  /** When the files were chosen. */
  readonly at: number;
}

export function createPlanner(meter: Meter, context: Context, clock: Pick<Clock, 'now'>): Planner {
  const kept = new Map<string, Kept>();
  const halved = new Set<ModelId>();
  const chosenAt = new WeakMap<readonly PromptFile[], number>();
  const keyOf = (model: Model, uri: string) => `${model.id}\n${uri}`;

  function roomFor({ model, options }: Spot): Room {
    const { head, near, most } = promptRoom(model, options, meter);
    const factor = halved.has(model.id) ? 0.5 : 1;
    return { head: head * factor, near: near * factor, most: most * factor };
  }

  function filesFor({ profile, model }: Spot, snapshot: Snapshot, { head, near }: Room): readonly PromptFile[] {
    if (profile === 'holeFilling' || !profile.files) return [];
    const blocks = context.of(snapshot, model);
    if (blocks.stable.length + blocks.volatile.length === 0) return [];
    const files = chooseFiles(blocks, windowText(snapshot, near), (head + near) * FILES_SHARE);
    return files.filter(({ code }) => !profile.reserved.some((token) => code.includes(token)));
  }

  function make(spot: Spot, snapshot: Snapshot, anew: boolean): Job | undefined {
    const { model } = spot;
    const room = roomFor(spot);
    // What was deleted from a document must not stay in prompts that leave this machine.
    const last = model.zone === 'device' ? kept.get(keyOf(model, snapshot.uri)) : undefined;
    const isOld = last && (last.files.length === 0 || clock.now() - last.at > FILES_MS);
    const old = anew && isOld === true ? undefined : last?.files;
    const files = old ?? filesFor(spot, snapshot, room);
    chosenAt.set(files, (old && last?.at) ?? clock.now());
    return plan(spot, snapshot, { room, files, ...(last && { last: last.anchor }) });
  }

  return {
    plan: (spot, snapshot) => make(spot, snapshot, false),
    planAnew: (spot, snapshot) => make(spot, snapshot, true),
    sent({ model, snapshot, anchor, files }) {
      const key = keyOf(model, snapshot.uri);
      kept.delete(key);
      kept.set(key, { anchor, files, at: chosenAt.get(files) ?? clock.now() });
      const [oldest] = kept.keys();
      if (kept.size > DOCUMENTS && oldest !== undefined) kept.delete(oldest);
    },
    halve(id) {
      if (halved.has(id)) return false;
      halved.add(id);
      return true;
    },
  };
}

/** The text around the cursor, roughly: what other files should not repeat. */
function windowText({ text, cursor }: Snapshot, characters: number): string {
  const lines = Math.ceil(characters / 40);
  const from = Math.max(0, cursor.line - lines);
  const to = Math.min(text.lineCount, cursor.line + lines);
  let all = '';
  for (let line = from; line < to; line++) all += `${text.line(line)}\n`;
  return all;
}
