import type { Model, Role } from '../model.ts';
import { type Fills, pickFor } from './choice.ts';
import { type Forbids, inOnePass } from './inOnePass.ts';

/** The best model of this machine for a role, among those that the policy allows. */
export function localModel(
  role: Role,
  models: readonly Model[],
  { forbids, fills }: { readonly forbids: Forbids; readonly fills: Fills },
): Model | undefined {
  const forbidden = inOnePass(forbids);
  const allowed = models.filter((model) => model.zone === 'device' && !forbidden(model));
  return pickFor(role, allowed, { ceiling: 'device', fills, settled: undefined });
}
