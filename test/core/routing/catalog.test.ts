import { describe, expect, it } from 'vitest';
import type { Endpoint, Model } from '../../../src/core/model.ts';
import { AppError } from '../../../src/core/outcome.ts';
import type { Listing } from '../../../src/core/provider.ts';
import { createCatalog } from '../../../src/core/routing/createCatalog.ts';
import type { Road } from '../../../src/core/routing/road.ts';
import { CLOUD_FRESH_MS, HUNG_MS, SLOW_MS } from '../../../src/core/routing/station.ts';
import { CODER, GPT, LLAMA, OLLAMA, OPENAI, PROXIED, TEAM, TEAM_CODER, createFakeClock, policyAt } from './fixtures.ts';

function set(options: { endpoints?: Endpoint[]; level?: 'private' | 'internal' | 'open' } = {}) {
  const clock = createFakeClock();
  const policy = policyAt(options.level ?? 'open');
  const servers = new Map<string, () => Promise<Listing>>();
  const has = (endpoint: Endpoint, ...models: Model[]) =>
    servers.set(endpoint.id, () => Promise.resolve({ models: structuredClone(models), version: '1' }));
  const calls: string[] = [];
  const signals: AbortSignal[] = [];
  const keys = new Set<string>(['openai']);
  const endpoints = options.endpoints ?? [OLLAMA, TEAM, OPENAI];
  has(OLLAMA, CODER, LLAMA);
  has(TEAM, TEAM_CODER);
  has(OPENAI, GPT);
  const list: Road['list'] = (endpoint, signal) => {
    calls.push(endpoint.id);
    signals.push(signal);
    return servers.get(endpoint.id)?.() ?? Promise.reject(new AppError('unreachable', { endpoint }));
  };
  const hasKey = ({ id }: Endpoint) => Promise.resolve(keys.has(id));
  const catalog = createCatalog({ endpoints: () => endpoints, list, hasKey, policy, clock });
  let changes = 0;
  catalog.onDidChange(() => (changes += 1));
  return {
    clock,
    policy,
    servers,
    has,
    calls,
    signals,
    keys,
    endpoints,
    catalog,
    names: () => catalog.models.map(({ name }) => name),
    states: () => Object.fromEntries(catalog.endpoints.map(({ endpoint, state }) => [endpoint.id, state])),
    changes: () => changes,
  };
}

const never = () => new Promise<never>(() => {});

describe('the catalog', () => {
  it('asks nobody until it is told to', async () => {
    const { calls, states, clock } = set();
    await clock.pass(60_000);
    expect(calls).toEqual([]);
    expect(states()).toEqual({ ollama: 'asking', team: 'asking', openai: 'asking' });
  });

  it('knows the models of every server', async () => {
    const { catalog, names, states } = set();
    await catalog.refresh();
    expect(names()).toEqual(['coder:7b', 'llama:8b', 'team-coder', 'gpt']);
    expect(states()).toEqual({ ollama: 'ready', team: 'ready', openai: 'ready' });
    expect(catalog.find(CODER.id)?.name).toBe('coder:7b');
    expect(catalog.find('ollama/other')).toBeUndefined();
  });

  it('fires when something changed, and not when a refresh brought the same again', async () => {
    const { catalog, changes, has } = set({ endpoints: [OLLAMA] });
    await catalog.refresh();
    expect(changes()).toBe(1);
    const before = catalog.models[0];
    await catalog.refresh();
    has(OLLAMA, LLAMA, CODER); // another order is not another list
    await catalog.refresh();
    expect(changes()).toBe(1);
    expect(catalog.models[0]).toBe(before);
    has(OLLAMA, CODER);
    await catalog.refresh();
    expect(changes()).toBe(2);
    has(OLLAMA, { ...CODER, loaded: {} });
    await catalog.refresh();
    expect(changes()).toBe(3);
  });

  it('tells a server without models from one that is dead', async () => {
    const { catalog, servers, has, states, names, changes } = set({ endpoints: [OLLAMA, TEAM] });
    has(TEAM);
    servers.delete('ollama');
    await catalog.refresh();
    expect(states()).toEqual({ ollama: 'failed', team: 'empty' });
    const fired = changes();
    await catalog.refresh();
    expect(changes()).toBe(fired);
    has(OLLAMA, CODER);
    await catalog.refresh();
    expect(states()['ollama']).toBe('ready');
    servers.delete('ollama');
    await catalog.refresh();
    expect(names()).toEqual([]);
  });

  it('keeps what no error of ours came with as a bad response', async () => {
    const { catalog, servers } = set({ endpoints: [OLLAMA] });
    servers.set('ollama', () => Promise.reject(new Error('odd')));
    await catalog.refresh();
    const state = catalog.endpoints[0];
    expect(state?.state === 'failed' && state.error.kind).toBe('badResponse');
  });

  it('calls a hanging server slow, then failed, and lets the others answer', async () => {
    const { catalog, clock, servers, states, names, signals } = set();
    servers.set('ollama', never);
    const refreshed = catalog.refresh();
    await clock.pass(10);
    expect(states()).toEqual({ ollama: 'asking', team: 'ready', openai: 'ready' });
    await clock.pass(SLOW_MS);
    expect(states()['ollama']).toBe('slow');
    expect(names()).toEqual(['team-coder', 'gpt']);
    await clock.pass(HUNG_MS);
    expect(states()['ollama']).toBe('failed');
    expect(signals[0]?.aborted).toBe(true);
    await refreshed;
  });

  it('keeps the models of a server that is only slow, and a dead one dead while it is asked again', async () => {
    const { catalog, clock, servers, states, names, changes } = set({ endpoints: [OLLAMA] });
    await catalog.refresh();
    servers.set('ollama', never);
    const refreshed = catalog.refresh();
    await clock.pass(SLOW_MS + 1);
    expect(states()).toEqual({ ollama: 'slow' });
    expect(names()).toEqual(['coder:7b', 'llama:8b']);
    await clock.pass(HUNG_MS);
    await refreshed;
    const fired = changes();
    void catalog.refresh();
    await clock.pass(SLOW_MS + 1);
    expect(states()).toEqual({ ollama: 'failed' });
    expect(changes()).toBe(fired);
  });

  it('asks one thing at a time', async () => {
    const { catalog, clock, servers, calls, signals } = set({ endpoints: [OLLAMA] });
    servers.set('ollama', never);
    void catalog.refresh('gently');
    await clock.pass(1);
    void catalog.refresh('gently');
    await clock.pass(1);
    expect(calls).toEqual(['ollama']);
    void catalog.refresh('now');
    await clock.pass(1);
    expect(calls).toEqual(['ollama', 'ollama']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('sends nothing to a server that the level forbids', async () => {
    const { catalog, clock, calls, states, policy, names } = set({ level: 'private' });
    const poll = catalog.poll(1_000);
    await catalog.refresh();
    await clock.pass(CLOUD_FRESH_MS * 2);
    poll.dispose();
    expect(new Set(calls)).toEqual(new Set(['ollama']));
    expect(states()).toEqual({ ollama: 'ready', team: 'forbidden', openai: 'forbidden' });
    policy.level = 'open';
    await catalog.refresh('gently');
    expect(names()).toContain('gpt');
  });

  it('drops the request in flight when the level is tightened, and remembers the models as forbidden ones', async () => {
    const { catalog, clock, signals, states, policy, servers, names } = set({ endpoints: [OPENAI] });
    await catalog.refresh();
    servers.set('openai', never);
    void catalog.refresh();
    await clock.pass(1);
    policy.level = 'private';
    void catalog.refresh('gently');
    expect(signals.at(-1)?.aborted).toBe(true);
    expect(states()).toEqual({ openai: 'forbidden' });
    expect(names()).toEqual(['gpt']);
  });

  it('does not ask a server whose key is missing', async () => {
    const { catalog, calls, states, keys } = set({ endpoints: [OPENAI] });
    keys.clear();
    await catalog.refresh();
    expect([calls, states()]).toEqual([[], { openai: 'needsKey' }]);
    keys.add('openai');
    await catalog.refresh('gently');
    expect(states()).toEqual({ openai: 'ready' });
  });

  it('polls at the shortest interval asked for, and clouds seldom', async () => {
    const { catalog, clock, calls } = set({ endpoints: [OLLAMA, OPENAI] });
    const slow = catalog.poll(15_000);
    await clock.pass(15_000);
    expect(calls.filter((id) => id === 'ollama')).toHaveLength(2);
    const quick = catalog.poll(2_000);
    await clock.pass(10_000);
    expect(calls.filter((id) => id === 'ollama')).toHaveLength(8);
    quick.dispose();
    await clock.pass(15_000);
    expect(calls.filter((id) => id === 'ollama')).toHaveLength(9);
    expect(calls.filter((id) => id === 'openai')).toHaveLength(1);
    await clock.pass(CLOUD_FRESH_MS);
    expect(calls.filter((id) => id === 'openai')).toHaveLength(2);
    slow.dispose();
    const before = calls.length;
    await clock.pass(CLOUD_FRESH_MS);
    expect(calls).toHaveLength(before);
  });

  it('follows the settings', async () => {
    const { catalog, endpoints, names, states, has } = set({ endpoints: [OLLAMA, TEAM] });
    await catalog.refresh();
    endpoints.splice(0, 2, { ...OLLAMA, url: 'http://127.0.0.1:1' });
    has(OLLAMA, PROXIED);
    const refreshed = catalog.refresh('gently');
    expect(states()).toEqual({ ollama: 'asking' });
    expect(names()).toEqual([]);
    await refreshed;
    expect(names()).toEqual(['gpt-oss:120b-cloud']);
  });

  it('is silent once disposed', async () => {
    const { catalog, clock, changes, calls } = set();
    catalog.poll(1_000);
    await clock.pass(0);
    const before = [changes(), calls.length];
    catalog.dispose();
    await clock.pass(60_000);
    await catalog.refresh();
    expect([changes(), calls.length]).toEqual(before);
  });
});
