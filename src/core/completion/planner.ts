import type { Model, ModelId } from '../model.ts';
import type { Anchor } from './assembler.ts';
import { promptRoom } from './budget.ts';
import { type Job, type Spot, plan } from './job.ts';
import type { Meter } from './meter.ts';
import type { Snapshot } from './snapshot.ts';

/** Makes jobs, and knows what the prompts before them had, so that each goes on where the last one left off. */
export interface Planner {
  /** `undefined` where no prompt can be built. Reads the document before it returns, and not later. */
  plan(spot: Spot, snapshot: Snapshot): Job | undefined;
  /** The job's prompt is what the server has read now. */
  sent(job: Job): void;
  /** Prompts for this model are half as long from now on. False when they are already. */
  halve(id: ModelId): boolean;
}

/** Documents whose last prompt is remembered. */
const DOCUMENTS = 8;

export function createPlanner(meter: Meter): Planner {
  const anchors = new Map<string, Anchor>();
  const halved = new Set<ModelId>();
  const keyOf = (model: Model, uri: string) => `${model.id}\n${uri}`;
  return {
    plan(spot, snapshot) {
      const { model, options } = spot;
      const { head, near, most } = promptRoom(model, options, meter);
      const factor = halved.has(model.id) ? 0.5 : 1;
      const room = { head: head * factor, near: near * factor, most: most * factor };
      // What was deleted from a document must not stay in prompts that leave this machine.
      const last = model.zone === 'device' ? anchors.get(keyOf(model, snapshot.uri)) : undefined;
      return plan(spot, snapshot, { room, ...(last && { last }) });
    },
    sent({ model, snapshot, anchor }) {
      const key = keyOf(model, snapshot.uri);
      anchors.delete(key);
      anchors.set(key, anchor);
      const [oldest] = anchors.keys();
      if (anchors.size > DOCUMENTS && oldest !== undefined) anchors.delete(oldest);
    },
    halve(id) {
      if (halved.has(id)) return false;
      halved.add(id);
      return true;
    },
  };
}
