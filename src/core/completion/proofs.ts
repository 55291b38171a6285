import * as v from 'valibot';
import type { Model } from '../model.ts';
import { FINDINGS, type Finding, isProofAgainst } from './probe.ts';
import { type Profile, profileOf } from './profiles.ts';
import { type ProfileEntry, userProfile } from './userProfiles.ts';

/** What probes found, newest last: remembered for the weights of a model and the form of the prompt. */
const Remembered = v.array(v.tuple([v.string(), v.picklist(FINDINGS)]));

/** Where findings are kept. Read back with a schema: storage is not to be trusted. */
export interface ProofMemory {
  read(): unknown;
  write(value: readonly (readonly [key: string, finding: Finding])[]): void;
}

export interface Proofs {
  of(model: Model, by: Profile): Finding | undefined;
  add(model: Model, by: Profile, finding: Finding): void;
}

const MOST = 200;

export function createProofs(memory: ProofMemory): Proofs {
  const parsed = v.safeParse(Remembered, memory.read());
  const known = new Map<string, Finding>(parsed.success ? parsed.output : []);
  return {
    of: (model, by) => known.get(keyOf(model, by)),
    add(model, by, finding) {
      const key = keyOf(model, by);
      known.delete(key);
      known.set(key, finding);
      for (const [oldest] of [...known].slice(0, Math.max(0, known.size - MOST))) known.delete(oldest);
      memory.write([...known]);
    },
  };
}

function keyOf({ id, digest = '' }: Model, by: Profile): string {
  return `${id}\n${digest}\n${by.id}`;
}

/** The profile that the server's metadata and the name give a model, whatever else was said of it. */
export function ownProfile({ name, family, endpoint, abilities }: Model): Profile | 'holeFilling' {
  return profileOf({ name, ...(family !== undefined && { family }), endpoint, abilities });
}

/** The model with what the user, or else a probe, said of the way in which it fills holes. */
export function withProfile(model: Model, entries: readonly ProfileEntry[], proofs: Pick<Proofs, 'of'>): Model {
  const said = userProfile(entries, model);
  if (said !== undefined) return { ...model, profile: said };
  const own = ownProfile(model);
  const finding = own === 'holeFilling' || !model.abilities.chat ? undefined : proofs.of(model, own);
  return finding !== undefined && isProofAgainst(finding) ? { ...model, profile: 'holeFilling' } : model;
}
