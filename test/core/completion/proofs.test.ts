import { describe, expect, test } from 'vitest';
import { FINDINGS, type Finding, isProofAgainst } from '../../../src/core/completion/probe.ts';
import { PROFILES, SERVER_FIELDS } from '../../../src/core/completion/profileData.ts';
import { type ProofMemory, createProofs, ownProfile, withProfile } from '../../../src/core/completion/proofs.ts';
import { endpointAt, modelOf } from '../../providers/support.ts';
import { patientModel } from './patient.ts';

const [QWEN] = PROFILES;
if (!QWEN) throw new Error('no profile');
const MODEL = patientModel('qwen2.5-coder:7b');

/** Keeps what is written as a storage does: as JSON. */
function storage(kept?: unknown): ProofMemory & { readonly kept: unknown } {
  return {
    get kept() {
      return kept;
    },
    read: () => kept,
    write: (value) => void (kept = JSON.parse(JSON.stringify(value))),
  };
}

describe('what was found is remembered', () => {
  test('for a model, its weights and the form of the prompt', () => {
    const memory = storage();
    const model = { ...MODEL, digest: 'a' };
    createProofs(memory).add(model, QWEN, 'markers');
    const again = createProofs(memory);
    expect(again.of(model, QWEN)).toBe('markers');
    expect(again.of({ ...model, digest: 'b' }, QWEN)).toBeUndefined();
    expect(again.of(MODEL, QWEN), 'weights that nobody can tell').toBeUndefined();
    expect(again.of({ ...model, id: 'other/qwen2.5-coder:7b' }, QWEN)).toBeUndefined();
    expect(again.of(model, SERVER_FIELDS)).toBeUndefined();
  });

  test('until something else is found', () => {
    const memory = storage();
    const proofs = createProofs(memory);
    for (const finding of FINDINGS) {
      proofs.add(MODEL, QWEN, finding);
      expect(proofs.of(MODEL, QWEN)).toBe(finding);
      expect(createProofs(memory).of(MODEL, QWEN)).toBe(finding);
    }
    expect(memory.kept).toHaveLength(1);
  });

  test('of the last 200', () => {
    const memory = storage();
    const proofs = createProofs(memory);
    const nth = (n: number) => ({ ...MODEL, digest: `${n}` });
    for (let n = 0; n < 200; n++) proofs.add(nth(n), QWEN, 'fills');
    // Found again: it is the newest now.
    proofs.add(nth(0), QWEN, 'prose');
    for (let n = 200; n < 205; n++) proofs.add(nth(n), QWEN, 'fills');
    const known = (n: number) => createProofs(memory).of(nth(n), QWEN);
    expect(memory.kept).toHaveLength(200);
    expect([0, 1, 5, 6, 204].map(known)).toEqual(['prose', undefined, undefined, 'fills', 'fills']);
  });

  test.each([undefined, null, 'x', {}, [['key']], [['key', 'nonsense']], [[1, 'fills']], [['a', 'fills'], 'b']])(
    'and a broken memory (%j) is an empty one',
    (value) => {
      const memory = storage(value);
      const proofs = createProofs(memory);
      expect(proofs.of(MODEL, QWEN)).toBeUndefined();
      proofs.add(MODEL, QWEN, 'fills');
      expect(createProofs(memory).of(MODEL, QWEN)).toBe('fills');
    },
  );
});

describe('the profile of a model', () => {
  const found = (finding?: Finding) => {
    const proofs = createProofs(storage());
    if (finding !== undefined) proofs.add(MODEL, QWEN, finding);
    return proofs;
  };

  test.each([undefined, ...FINDINGS])('is a chat only by proof against its own: %s', (finding) => {
    const proved = finding !== undefined && isProofAgainst(finding);
    expect(withProfile(MODEL, [], found(finding))).toEqual(proved ? { ...MODEL, profile: 'holeFilling' } : MODEL);
  });

  test('is what the user says, whatever was found', () => {
    const said = (use: string) => withProfile(MODEL, [{ match: 'qwen*', use }], found('prose')).profile;
    expect(said('codestral')).toMatchObject({ frame: ['[SUFFIX]', '[PREFIX]', ''] });
    expect(said('qwen-coder')).toMatchObject({ frame: QWEN.frame });
    expect(withProfile(MODEL, [{ match: 'qwen*', use: 'holeFilling' }], found('fills')).profile).toBe('holeFilling');
    const other = withProfile(MODEL, [{ match: 'codestral*', use: 'codestral' }], found());
    expect(other).toBe(MODEL);
  });

  test('stays with a model that cannot talk: it would be left with nothing', () => {
    const base = { ...MODEL, abilities: { ...MODEL.abilities, chat: false } };
    expect(withProfile(base, [], found('prose'))).toBe(base);
  });

  test('is not looked up for a chat model', () => {
    const model = modelOf(endpointAt('https://api.anthropic.com/v1', 'anthropic', 'cloud'), 'claude-sonnet-4-6');
    const of = () => {
      throw new Error('looked up');
    };
    expect(withProfile(model, [], { of })).toBe(model);
  });
});

describe('the own profile', () => {
  test('is that of the metadata and the name, whatever was said of the model', () => {
    expect(ownProfile(MODEL)).toBe(QWEN);
    expect(ownProfile({ ...MODEL, profile: 'holeFilling' })).toBe(QWEN);
    expect(ownProfile({ ...MODEL, profile: SERVER_FIELDS })).toBe(QWEN);
    expect(ownProfile(patientModel('llama3.2:3b', { profile: QWEN }))).toBe('holeFilling');
    expect(ownProfile(patientModel('mine:latest', { family: 'starcoder2' }))).toMatchObject({ id: 'starcoder2' });
  });

  test('goes by the protocol and the abilities as well', () => {
    const abilities = { ...MODEL.abilities, insert: true };
    const codestral = modelOf(endpointAt('https://api.mistral.ai/v1', 'mistral', 'cloud'), 'codestral-2508', {
      abilities,
    });
    expect(ownProfile(codestral)).toBe(SERVER_FIELDS);
    expect(ownProfile({ ...codestral, abilities: { ...abilities, insert: false } })).toBe('holeFilling');
  });
});
