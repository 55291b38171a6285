import * as v from 'valibot';
import { type Model, type ModelId, type Role, type Zone, ROLES, ZONES, serves } from '../model.ts';

const ID = /^[^/]+\/./su;
export const ModelIdText = v.custom<ModelId>((value) => typeof value === 'string' && ID.test(value));

/** What the user chose for a role, as it is remembered. Read back with this schema: storage is not to be trusted. */
export const Choice = v.object({
  id: ModelIdText,
  /** Zone of the model when it was chosen: what serves instead is never less private. */
  zone: v.picklist(ZONES),
  /** Milliseconds since the epoch. Roles that were chosen in one go have the same time, and go back together. */
  at: v.number(),
  previous: v.optional(ModelIdText),
});
export type Choice = v.InferOutput<typeof Choice>;

/** Where choices are kept: per workspace, with the last one anywhere as a start for a workspace that has none. */
export interface ChoiceMemory {
  get(role: Role): Choice | undefined;
  set(role: Role, choice: Choice): void;
}

/** Whether a model was trained to fill in the middle: from the metadata, else from its completion profile. */
export type Fills = (model: Model) => boolean;

/**
 * The roles for which to take a model that was picked without naming one: what it is made for. A chat model takes
 * completion too where nothing better would be lost.
 */
export function rolesFor(model: Model, completing: Model | undefined, fills: Fills): readonly Role[] {
  return ROLES.filter((role) => {
    if (!serves(model, role)) return false;
    if (role === 'chat') return !(isBase(model) && fills(model));
    return fills(model) || !completing || !fills(completing) || !serves(model, 'chat');
  });
}

/**
 * The model to serve a role when the user's choice does not say: never one in the cloud, never one less private than
 * `ceiling`; the most private zone first. Among those, for completion: trained to fill in the middle, then the smaller (it
 * answers at once); for chat: taught to talk, in memory already, then the largest up to {@link COMFORTABLE_BYTES}. `settled`,
 * the pick of last time, stays while nothing of a better kind appears, so that a pick never changes because models come and
 * go in memory.
 */
export function pickFor(
  role: Role,
  models: readonly Model[],
  options: { readonly ceiling: Zone; readonly fills: Fills; readonly settled: ModelId | undefined },
): Model | undefined {
  const { ceiling, fills, settled } = options;
  const ranked = models
    .filter((m) => m.zone !== 'cloud' && ZONES.indexOf(m.zone) <= ZONES.indexOf(ceiling) && serves(m, role))
    .map((model) => ({
      model,
      rank: [
        ZONES.indexOf(model.zone),
        (role === 'completion' ? !fills(model) : isBase(model)) ? 1 : 0,
        model.id === settled ? 0 : 1,
        ...(role === 'chat' ? [model.loaded ? 0 : 1, -comfort(model)] : [weight(model)]),
      ],
    }));
  return ranked.toSorted((a, b) => compare(a.rank, b.rank))[0]?.model;
}

/** Only goes on with a text, by its vendor's own name for it: servers report that it can chat all the same. */
function isBase(model: Model): boolean {
  return /(?<![a-z])base(?![a-z])/iu.test(model.name);
}

/** The largest file that a common laptop still runs at a reading pace: about 14 billion parameters at 4 bits. */
const COMFORTABLE_BYTES = 10e9;

function comfort(model: Model): number {
  const bytes = weight(model);
  return bytes <= COMFORTABLE_BYTES ? bytes : -bytes;
}

/** Bytes on disk, or an estimate at 4 bits from the parameters; unknown counts as very large. */
function weight(model: Model): number {
  if (model.sizeBytes !== undefined && model.sizeBytes > 0) return model.sizeBytes;
  const found = /^([\d.]+)\s*([KMBT])/iu.exec(model.parameters ?? '');
  const unit = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 }[(found?.[2] ?? '').toUpperCase()];
  return found && unit ? Number(found[1]) * unit * 0.6 : Number.MAX_SAFE_INTEGER;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
