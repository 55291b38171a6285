import type { Refusal } from '../outcome.ts';
import { isCloudName } from '../privacy/cloudName.ts';
import type { Policy } from '../privacy/policy.ts';

export type Forbids = Policy['forbids'];

/**
 * The same answers as `forbids`, asked once for each kind of model instead of once for each model. For one synchronous pass
 * over many models, in which no level can change; what is used in the end is asked about itself.
 */
export function inOnePass(forbids: Forbids): Forbids {
  const known = new Map<string, Refusal | undefined>();
  return (model) => {
    const key = `${model.endpoint.id}\n${model.zone}\n${isCloudName(model.name)}`;
    if (!known.has(key)) known.set(key, forbids(model));
    return known.get(key);
  };
}
