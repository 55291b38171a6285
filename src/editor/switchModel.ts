import type { ModelId, Role } from '../core/model.ts';
import { shortName } from '../core/routing/describe.ts';
import { withLateProgress } from './lateProgress.ts';
import type { ModelDeps } from './modelDeps.ts';
import { showFailure, showRefusal } from './showFailure.ts';

export interface Wish {
  readonly role: Role;
  readonly id: ModelId;
}

/** Switches some roles in one go, with progress and cancel where it takes long, and says what went wrong. */
export async function switchModels(wishes: readonly Wish[], { catalog, switcher, log }: ModelDeps): Promise<void> {
  const names = new Set(wishes.map(({ id }) => shortName(id.slice(id.indexOf('/') + 1))));
  const outcomes = await withLateProgress(`Loading ${[...names].join(' and ')}…`, (signal) =>
    Promise.all(wishes.map(({ role, id }) => switcher.choose(role, id, signal))),
  );
  for (const [index, outcome] of outcomes.entries()) {
    const wish = wishes[index];
    if (outcome.outcome === 'switched') log.info(`${wish?.role ?? ''}: ${outcome.model.id}`);
  }
  // What is in memory now has changed.
  void catalog.refresh('gently');
  // The same model for two roles fails in the same way: one message is enough.
  const refused = outcomes.find((outcome) => outcome.outcome === 'refused');
  if (refused) return showRefusal(refused);
  const failed = outcomes.find((outcome) => outcome.outcome === 'failed');
  if (failed) await showFailure(failed.error, log);
}
