/* oxlint-disable typescript/no-unsafe-type-assertion, typescript/no-misused-spread -- this file forges what the compiler forbids */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEmitter } from '../../../src/core/event.ts';
import { type Endpoint, type Model, ZONES, type Zone } from '../../../src/core/model.ts';
import { isRefusal } from '../../../src/core/outcome.ts';
import { CEILING, LEVELS, type Level } from '../../../src/core/privacy/level.ts';
import { type Ask, Clearance, type Policy, TASKS, createPolicy } from '../../../src/core/privacy/policy.ts';

const endpoint = (zone: Zone, protocol: Endpoint['protocol'] = 'ollama'): Endpoint => ({
  id: 'one',
  label: 'One',
  protocol,
  url: 'http://127.0.0.1:11434',
  zone,
  needsKey: false,
});
const ABILITIES = { insert: true, chat: true, tools: false, vision: false, thinking: false } as const;
const model = (at: Endpoint, zone: Zone = at.zone, name = 'qwen2.5-coder:7b'): Model => ({
  id: `${at.id}/${name}`,
  name,
  endpoint: at,
  zone,
  abilities: ABILITIES,
});
const ask = (at: Endpoint, what?: Ask['model']): Ask => ({
  task: 'chat',
  endpoint: at,
  ...(what && { model: what }),
  sources: [{ kind: 'window' }],
});
const at = (level: Level) => createPolicy(() => ({ level, reasons: [{ source: 'mark', level }] }));
function cleared(policy: Policy, one: Ask): Clearance {
  const clearance = policy.clear(one);
  if (isRefusal(clearance)) throw new Error(clearance.reason);
  return clearance;
}

describe('a level that became stricter', () => {
  it('takes back what was cleared before, for good', () => {
    const changed = createEmitter<void>();
    let level: Level = 'open';
    const policy = createPolicy(() => ({ level, reasons: [{ source: 'mark', level }] }), changed.event);
    const [here, far] = [cleared(policy, ask(endpoint('device'))), cleared(policy, ask(endpoint('cloud')))];
    changed.fire();
    expect(policy.recheck(far)).toBeUndefined();
    level = 'internal';
    changed.fire();
    level = 'open';
    changed.fire();
    // Nobody looked at it while the level was stricter; it must not go all the same.
    expect(policy.recheck(far)).toMatchObject({ rule: 'level:internal' });
    expect(policy.recheck(here)).toBeUndefined();
    expect(policy.recheck(cleared(policy, ask(endpoint('cloud'))))).toBeUndefined();
  });

  it('is found among very many requests', () => {
    const changed = createEmitter<void>();
    let level: Level = 'open';
    const policy = createPolicy(() => ({ level, reasons: [] }), changed.event);
    const all = Array.from({ length: 2500 }, () => cleared(policy, ask(endpoint('cloud'))));
    level = 'private';
    changed.fire();
    level = 'open';
    expect(all.filter((each) => policy.recheck(each) === undefined)).toEqual([]);
  });
});

describe('which zone a level allows', () => {
  const table: [Level, Zone, boolean][] = LEVELS.flatMap((level) =>
    ZONES.map((zone): [Level, Zone, boolean] => [level, zone, ZONES.indexOf(zone) <= LEVELS.indexOf(level)]),
  );
  it.each(table)('%s, %s: %s', (level, zone, allowed) => {
    expect(isRefusal(at(level).clear(ask(endpoint(zone))))).toBe(!allowed);
    expect(at(level).forbids(model(endpoint(zone))) === undefined).toBe(allowed);
  });

  it('counts a model as no more private than its metadata or its name', () => {
    const local = endpoint('device');
    expect(at('private').clear(ask(local, model(local, 'cloud', 'alias')))).toMatchObject({ rule: 'level:private' });
    expect(at('private').clear(ask(local, { name: 'gpt-oss:cloud' }))).toMatchObject({ rule: 'level:private' });
    expect(at('internal').clear(ask(local, model(local, 'device', 'gpt-oss:120b-cloud')))).toMatchObject({
      rule: 'level:internal',
    });
    // The same Ollama, by its OpenAI-compatible address.
    const compatible = endpoint('device', 'openai');
    expect(at('private').clear(ask(compatible, { name: 'gpt-oss:cloud' }))).toMatchObject({ rule: 'level:private' });
    expect(cleared(at('open'), ask(local, { name: 'gpt-oss:cloud' })).zone).toBe('cloud');
  });

  it('never lets a model make its server more private', () => {
    const remote = endpoint('cloud');
    expect(isRefusal(at('private').clear(ask(remote, model(remote, 'device'))))).toBe(true);
  });
});

describe('what fails closed', () => {
  it('a level that cannot be found', () => {
    const policy = createPolicy(() => {
      throw new Error('settings are broken');
    });
    expect(policy.clear(ask(endpoint('network')))).toMatchObject({ rule: 'level:private' });
    expect(isRefusal(policy.clear(ask(endpoint('device'))))).toBe(false);
  });

  it.each([{}, { level: 'Open' }, { level: '' }, { level: undefined }, { level: '__proto__' }])(
    'a verdict that is none: %j',
    (verdict) => {
      const policy = createPolicy(
        () => Object.assign({ reasons: [] }, verdict) as ReturnType<Parameters<typeof createPolicy>[0]>,
      );
      expect(isRefusal(policy.clear(ask(endpoint('device'))))).toBe(true);
    },
  );

  it('a zone that is none', () => {
    expect(isRefusal(at('open').clear(ask({ ...endpoint('device'), zone: 'lan' as Zone })))).toBe(true);
  });

  it('text whose source nobody names', () => {
    const nobody = { ...ask(endpoint('device')), sources: [] } as unknown as Ask;
    expect(at('open').clear(nobody)).toMatchObject({ rule: 'noSource' });
  });
});

describe('a clearance', () => {
  const genuine = () => cleared(at('open'), ask(endpoint('cloud')));

  it('is for what was judged, whatever the asker makes of it afterwards', () => {
    const server = { ...endpoint('device') };
    const named = { ...model(server) };
    const source = { kind: 'taint' as const, level: 'private' as Level, of: 'shop' };
    const second = { kind: 'taint' as const, level: 'internal' as Level, of: 'blog' };
    const policy = createPolicy((sources) => {
      const [first] = sources;
      return { level: first.kind === 'taint' ? first.level : 'open', reasons: [] };
    });
    const clearance = cleared(policy, { ...ask(server, named), sources: [source, second] });
    Object.assign(server, { url: 'https://evil.example', zone: 'cloud' });
    Object.assign(named, { name: 'gpt-oss:cloud', zone: 'cloud' });
    source.level = 'open';
    second.level = 'open';
    expect(clearance.ask.endpoint).toMatchObject({ url: 'http://127.0.0.1:11434', zone: 'device' });
    expect(clearance.ask.model).toMatchObject({ name: 'qwen2.5-coder:7b', zone: 'device' });
    expect(clearance.ask.sources).toEqual([
      { kind: 'taint', level: 'private', of: 'shop' },
      { kind: 'taint', level: 'internal', of: 'blog' },
    ]);
    expect(policy.recheck(clearance)).toBeUndefined();
  });

  it('is known to the policy that minted it', () => {
    expect(Clearance.isGenuine(genuine())).toBe(true);
    expect(at('open').recheck(genuine())).toBeUndefined();
  });

  const one = genuine();
  const subclass = () => {
    // @ts-expect-error -- the constructor is private
    class Loose extends Clearance {}
    return Reflect.construct(Loose, [Symbol('mint'), one.ask, 'cloud', one.verdict]) as unknown;
  };
  it.each<[string, () => unknown]>([
    ['a structural copy', () => ({ ...one })],
    ['a copy with the prototype', () => Object.assign(Object.create(Clearance.prototype) as object, one)],
    ['a child of a genuine one', () => Object.create(one) as unknown],
    ['JSON', () => JSON.parse(JSON.stringify(one)) as unknown],
    ['a structured clone', () => structuredClone({ ...one })],
    ['a proxy', () => new Proxy(one, {})],
    ['a field of that name', () => ({ ...one, '#genuine': true })],
    ['an object with its prototype set', () => Object.setPrototypeOf({ ...one }, Clearance.prototype) as unknown],
    ['nothing', () => undefined],
    ['null', () => null],
    ['the class', () => Clearance],
  ])('cannot be forged by %s', (_, forge) => {
    expect(Clearance.isGenuine(forge())).toBe(false);
    expect(at('open').recheck(forge() as Clearance)).toMatchObject({ rule: 'forged' });
  });

  it('cannot be constructed, not even past the compiler', () => {
    const construct = (target: unknown) =>
      Reflect.construct(Clearance, [target, one.ask, 'cloud', one.verdict]) as unknown;
    expect(() => construct(Symbol('mint'))).toThrow(TypeError);
    expect(() => construct(undefined)).toThrow(TypeError);
    expect(() => Reflect.construct(one.constructor, [one.ask, 'cloud', one.verdict]) as unknown).toThrow(TypeError);
    expect(subclass).toThrow(TypeError);
  });

  it('cannot be changed, and does not change with what was asked', () => {
    const mutable = { ...ask(endpoint('device')), endpoint: { ...endpoint('device') } };
    const clearance = cleared(at('private'), mutable);
    mutable.endpoint.url = 'https://evil.example';
    mutable.endpoint.zone = 'cloud';
    expect(clearance.ask.endpoint).toMatchObject({ url: 'http://127.0.0.1:11434', zone: 'device' });
    expect(() => Object.assign(clearance, { zone: 'cloud' })).toThrow(TypeError);
    expect(() => Object.assign(clearance.ask, { endpoint: mutable.endpoint })).toThrow(TypeError);
    expect(() => Object.assign(clearance.ask.endpoint, { zone: 'cloud' })).toThrow(TypeError);
    expect(() => Object.assign(clearance.ask.sources, [{ kind: 'window' }])).toThrow(TypeError);
  });

  it('reads what was asked once: a getter cannot show two faces', () => {
    let reads = 0;
    const twoFaced = { ...endpoint('device') };
    Object.defineProperty(twoFaced, 'zone', { enumerable: true, get: () => (reads++ === 0 ? 'device' : 'cloud') });
    const clearance = cleared(at('private'), ask(twoFaced));
    expect([clearance.zone, clearance.ask.endpoint.zone]).toEqual(['device', 'device']);
  });

  it('is void when the level has become stricter', () => {
    let level: Level = 'open';
    const policy = createPolicy(() => ({ level, reasons: [] }));
    const clearance = cleared(policy, ask(endpoint('cloud')));
    level = 'private';
    expect(policy.recheck(clearance)).toMatchObject({ rule: 'level:private' });
  });

  it('never exceeds the ceiling of the strictest source', () => {
    const level = fc.constantFrom(...LEVELS);
    const zone = fc.constantFrom(...ZONES);
    const sources = fc.array(level, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...TASKS), zone, zone, sources, (task, endpointZone, modelZone, levels) => {
        const policy = createPolicy((asked) => {
          const all = new Set(asked.map((source) => (source.kind === 'taint' ? source.level : 'private')));
          return { level: LEVELS.find((each) => all.has(each)) ?? 'private', reasons: [] };
        });
        const server = endpoint(endpointZone);
        const [first, ...rest] = levels.map((each) => ({ kind: 'taint', level: each, of: 'x' }) as const);
        if (!first) return;
        const outcome = policy.clear({
          task,
          endpoint: server,
          model: model(server, modelZone),
          sources: [first, ...rest],
        });
        const strictest = LEVELS.find((each) => levels.includes(each)) ?? 'private';
        const furthest = Math.max(ZONES.indexOf(endpointZone), ZONES.indexOf(modelZone));
        expect(isRefusal(outcome)).toBe(furthest > ZONES.indexOf(CEILING[strictest]));
        if (isRefusal(outcome)) return;
        expect(ZONES.indexOf(outcome.zone)).toBe(furthest);
        expect(policy.recheck(outcome)).toBeUndefined();
      }),
    );
  });
});
