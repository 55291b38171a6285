import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEmitter } from '../../../src/core/event.ts';
import { type Model, type ModelId, type Role, ROLES, ZONES, lessPrivate } from '../../../src/core/model.ts';
import { AppError, isRefusal } from '../../../src/core/outcome.ts';
import { LEVELS, type Level } from '../../../src/core/privacy/level.ts';
import type { EndpointState } from '../../../src/core/routing/catalog.ts';
import { createSwitcher } from '../../../src/core/routing/createSwitcher.ts';
import type { Road } from '../../../src/core/routing/road.ts';
import type { Switcher } from '../../../src/core/routing/switcher.ts';
import {
  CODER,
  GPT,
  LLAMA,
  OLLAMA,
  OPENAI,
  PROXIED,
  SMALL_CODER,
  TEAM,
  TEAM_CODER,
  choiceOf,
  createFakeClock,
  fills,
  memoryOf,
  model,
  policyAt,
  settle,
} from './fixtures.ts';

const ALL = [LLAMA, CODER, SMALL_CODER, PROXIED, TEAM_CODER, GPT];

function set(
  options: { level?: Level; models?: Model[]; memory?: ReturnType<typeof memoryOf>; load?: Road['load'] } = {},
) {
  const clock = createFakeClock();
  const policy = policyAt(options.level ?? 'open');
  const memory = options.memory ?? memoryOf();
  const catalogChanged = createEmitter<void>();
  const levelsChanged = createEmitter<void>();
  const catalog = {
    models: options.models ?? ALL,
    endpoints: [OLLAMA, TEAM, OPENAI].map((endpoint): EndpointState => ({ endpoint, state: 'ready' })),
    find: (id: ModelId) => catalog.models.find((known) => known.id === id),
    onDidChange: catalogChanged.event,
  };
  const loads: { id: ModelId; signal: AbortSignal }[] = [];
  const load: Road['load'] = async (target, signal) => {
    loads.push({ id: target.id, signal });
    return options.load?.(target, signal);
  };
  const parts = { catalog, policy, onDidChangeLevels: levelsChanged.event, load, memory, fills, clock };
  const switcher = createSwitcher(parts);
  return {
    clock,
    policy,
    memory,
    catalog,
    loads,
    switcher,
    restart: () => createSwitcher(parts),
    list: (models: Model[]) => {
      catalog.models = models;
      catalogChanged.fire();
    },
    state: (state: EndpointState) => {
      catalog.endpoints = catalog.endpoints.map((old) => (old.endpoint.id === state.endpoint.id ? state : old));
      catalogChanged.fire();
    },
    level: (level: Level) => {
      policy.level = level;
      levelsChanged.fire();
    },
    choose: (target: Pick<Model, 'id'>, role: 'completion' | 'chat' = 'completion', signal = NEVER) =>
      switcher.choose(role, target.id, signal),
    name: (role: 'completion' | 'chat' = 'completion') => switcher.current(role)?.name,
  };
}

const NEVER = new AbortController().signal;

function gate() {
  let open = () => {};
  const promise = new Promise<undefined>((resolve) => {
    open = () => resolve(undefined);
  });
  return { promise, open: () => open() };
}

describe('the default', () => {
  it('is the smallest local model that fills in the middle, and a comfortable local one for chat', () => {
    const { name } = set();
    expect([name('completion'), name('chat')]).toEqual(['coder:1b', 'llama:8b']);
  });

  it('for chat is a model that was taught to talk, where there is one', () => {
    const base = model(OLLAMA, 'writer:7b-base', { loaded: {}, sizeBytes: 6e9 });
    expect(set({ models: [base, LLAMA] }).name('chat')).toBe('llama:8b');
    expect(set({ models: [base] }).name('chat')).toBe('writer:7b-base');
  });

  it('is never a model in the cloud', () => {
    const { switcher } = set({ models: [GPT, PROXIED] });
    expect([switcher.current('completion'), switcher.current('chat')]).toEqual([undefined, undefined]);
    expect(switcher.why('chat')).toBe('No model is chosen.');
  });

  it('stays when another model comes into memory, and gives way to one of a better kind', () => {
    const { name, list } = set({ models: [LLAMA] });
    const other = model(OLLAMA, 'other:3b', { loaded: {}, sizeBytes: 2e9 });
    expect([name('completion'), name('chat')]).toEqual(['llama:8b', 'llama:8b']);
    list([LLAMA, other]);
    expect([name('completion'), name('chat')]).toEqual(['llama:8b', 'llama:8b']);
    list([LLAMA, other, CODER]);
    expect(name('completion')).toBe('coder:7b');
  });

  it('waits until the servers nearby have answered', () => {
    const { name, state, switcher } = set();
    state({ endpoint: OLLAMA, state: 'asking' });
    expect(name()).toBeUndefined();
    expect(switcher.why('completion')).toContain('Asking');
  });

  it('says what is wrong with the server when there is nothing', () => {
    const { list, state, switcher } = set({ models: [] });
    state({ endpoint: OLLAMA, state: 'empty' });
    list([]);
    expect(switcher.why('completion')).toBe('Ollama has no models yet.');
  });
});

describe('a choice', () => {
  it('is remembered for its role alone, across restarts', async () => {
    const { choose, name, restart, memory } = set();
    expect(await choose(LLAMA)).toMatchObject({ outcome: 'switched' });
    expect([name('completion'), name('chat')]).toEqual(['llama:8b', 'llama:8b']);
    await choose(GPT, 'chat');
    const again = restart();
    expect([again.current('completion')?.id, again.current('chat')?.id]).toEqual([LLAMA.id, GPT.id]);
    expect(memory.saved.chat).toMatchObject({ id: GPT.id, zone: 'cloud', previous: LLAMA.id });
  });

  it('loads where the server keeps models, and swaps only then', async () => {
    const { promise, open } = gate();
    const { choose, name, switcher, loads } = set({ load: () => promise });
    const chosen = choose(CODER);
    await settle();
    expect([name(), switcher.switching?.target.name]).toEqual(['coder:1b', 'coder:7b']);
    open();
    await chosen;
    expect([name(), switcher.switching]).toEqual(['coder:7b', undefined]);
    await choose(GPT, 'chat');
    await choose(PROXIED, 'chat');
    expect(loads.map(({ id }) => id)).toEqual([CODER.id]);
  });

  it('of the same model again does nothing', async () => {
    const { choose, loads, switcher } = set();
    await choose(CODER);
    let changes = 0;
    switcher.onDidChange(() => (changes += 1));
    expect(await choose(CODER)).toMatchObject({ outcome: 'switched' });
    expect([loads.length, changes, switcher.previous]).toEqual([1, 0, [{ role: 'completion', id: SMALL_CODER.id }]]);
  });

  it('can be cancelled while it loads, even if the load never ends', async () => {
    const { choose, name, switcher, memory, loads } = set({ load: () => new Promise(() => {}) });
    const abort = new AbortController();
    const chosen = choose(CODER, 'completion', abort.signal);
    await settle();
    abort.abort();
    expect(await chosen).toEqual({ outcome: 'cancelled' });
    expect([name(), switcher.switching, memory.saved.completion]).toEqual(['coder:1b', undefined, undefined]);
    expect(loads[0]?.signal.aborted).toBe(true);
    expect(await choose(CODER, 'completion', abort.signal)).toEqual({ outcome: 'cancelled' });
  });

  it('gives way to a newer one of its role', async () => {
    const first = gate();
    const second = gate();
    const { choose, name } = set({ load: ({ id }) => (id === CODER.id ? first.promise : second.promise) });
    const older = choose(CODER);
    await settle();
    const newer = choose(LLAMA);
    expect(await older).toEqual({ outcome: 'cancelled' });
    second.open();
    expect(await newer).toMatchObject({ outcome: 'switched' });
    first.open();
    await settle();
    expect(name()).toBe('llama:8b');
  });

  it('that fails to load leaves the old model serving', async () => {
    const failure = new AppError('outOfMemory');
    const { choose, name } = set({ load: () => Promise.reject(failure) });
    expect(await choose(CODER)).toEqual({ outcome: 'failed', error: failure });
    expect(name()).toBe('coder:1b');
  });

  it('of an unknown model, or one that cannot serve the role, fails', async () => {
    const { choose } = set();
    const unknown = await choose({ id: 'ollama/none' });
    expect(unknown.outcome === 'failed' && unknown.error.kind).toBe('modelMissing');
    const mute = await choose(SMALL_CODER, 'chat');
    expect(mute.outcome === 'failed' && mute.error.kind).toBe('unsupported');
  });

  it('that the level forbids is refused, also when the level changes while it loads', async () => {
    const { promise, open } = gate();
    const { choose, level, name, loads } = set({ level: 'private', load: () => promise });
    expect(isRefusal(await choose(GPT))).toBe(true);
    expect(isRefusal(await choose(PROXIED))).toBe(true);
    expect(loads).toEqual([]);
    level('internal');
    const chosen = choose(TEAM_CODER);
    await settle();
    level('private');
    open();
    expect(isRefusal(await chosen)).toBe(true);
    expect(name()).toBe('coder:1b');
  });

  it('of a model that moved into the cloud while it loads comes to nothing', async () => {
    const { promise, open } = gate();
    const { choose, list, memory } = set({ load: () => promise });
    const chosen = choose(CODER);
    await settle();
    list(ALL.map((each) => (each === CODER ? { ...CODER, zone: 'cloud' } : each)));
    open();
    expect(await chosen).toMatchObject({ outcome: 'failed' });
    expect(memory.saved.completion).toBeUndefined();
  });

  it('of a model of a forbidden server that was never asked is refused', async () => {
    const { choose, list, state, policy } = set({ level: 'private', models: [CODER] });
    const refusal = policy.forbids({ name: '', zone: 'cloud', endpoint: OPENAI });
    if (refusal) state({ endpoint: OPENAI, state: 'forbidden', refusal });
    list([CODER]);
    expect(isRefusal(await choose({ id: GPT.id }))).toBe(true);
  });
});

describe('what serves instead of the choice', () => {
  it('is local, says why, and ends when the choice can serve again', () => {
    const { level, name, switcher } = set({ memory: memoryOf({ chat: choiceOf(GPT) }) });
    expect(name('chat')).toBe('gpt');
    level('private');
    expect(name('chat')).toBe('llama:8b');
    expect(switcher.why('chat')).toMatch(/^gpt is not used: .*private-only.* llama:8b serves instead\.$/u);
    expect(switcher.chosen('chat')).toBe(GPT.id);
    level('open');
    expect([name('chat'), switcher.why('chat')]).toEqual(['gpt', undefined]);
  });

  it('is nothing while the servers nearby are in trouble, which is said, too', () => {
    const { list, state, level, switcher } = set({ memory: memoryOf({ chat: choiceOf(GPT) }) });
    level('private');
    list([GPT]);
    state({ endpoint: OLLAMA, state: 'failed', error: new AppError('unreachable', { endpoint: OLLAMA }) });
    expect(switcher.why('chat')).toMatch(/^gpt is not used: .* Ollama is not running/u);
  });

  it('is never less private than the choice', () => {
    const { list, name, switcher } = set({ memory: memoryOf({ completion: choiceOf(CODER) }) });
    list([TEAM_CODER, GPT, PROXIED]);
    expect(name()).toBeUndefined();
    expect(switcher.why('completion')).toBe('Ollama no longer has coder:7b.');
  });

  it('is never another model in the cloud', () => {
    const { list, name } = set({ memory: memoryOf({ chat: choiceOf(GPT) }) });
    list([PROXIED, model(OPENAI, 'gpt-pro')]);
    expect(name('chat')).toBeUndefined();
  });

  it('replaces a model that moved to a less private zone under the same name', () => {
    const { list, name, switcher } = set({ memory: memoryOf({ completion: choiceOf(CODER) }) });
    list([{ ...CODER, zone: 'cloud' }, SMALL_CODER]);
    expect(name()).toBe('coder:1b');
    expect(switcher.why('completion')).toContain('now runs in the cloud');
  });

  it('does not step in while the server of the choice has not answered', () => {
    const { state, list, name } = set({ memory: memoryOf({ completion: choiceOf(TEAM_CODER) }) });
    state({ endpoint: TEAM, state: 'asking' });
    list([CODER]);
    expect(name()).toBeUndefined();
    state({ endpoint: TEAM, state: 'failed', error: new AppError('unreachable', { endpoint: TEAM }) });
    expect(name()).toBe('coder:7b');
  });

  it('is found at once when the level changed and nobody was told', () => {
    const { policy, name } = set({ memory: memoryOf({ chat: choiceOf(GPT) }) });
    policy.level = 'private';
    expect(name('chat')).toBe('llama:8b');
  });
});

describe('going back', () => {
  it('leads to what still serves while another model loads, and so stops the loading', async () => {
    const { choose, switcher, name, loads } = set({
      load: async (target) => (target === CODER ? new Promise(() => {}) : Promise.resolve(undefined)),
    });
    await choose(SMALL_CODER, 'completion');
    const chosen = choose(CODER, 'completion');
    await settle();
    expect(switcher.previous).toEqual([{ role: 'completion', id: SMALL_CODER.id }]);
    await Promise.all(switcher.previous.map(({ role, id }) => switcher.choose(role, id, NEVER)));
    expect(await chosen).toEqual({ outcome: 'cancelled' });
    expect([name('completion'), loads.at(-1)?.signal.aborted]).toEqual(['coder:1b', true]);
  });

  it('never leads from a model to itself, also when it has served in place of a choice that was gone', async () => {
    const { choose, switcher, name, list } = set({ models: [LLAMA, SMALL_CODER, CODER] });
    await choose(SMALL_CODER, 'completion');
    await choose(CODER, 'completion');
    list([LLAMA, SMALL_CODER]);
    expect(name('completion')).toBe('coder:1b');
    await choose(SMALL_CODER, 'completion');
    expect(switcher.previous).toEqual([{ role: 'completion', id: CODER.id }]);
  });

  it('returns the roles that were chosen together to what served them before, there and back', async () => {
    const { choose, switcher, name, clock } = set();
    const back = async () => {
      await clock.pass(1_000);
      await Promise.all(switcher.previous.map(({ role, id }) => switcher.choose(role, id, NEVER)));
    };
    expect(switcher.previous).toEqual([]);
    await Promise.all([choose(CODER, 'completion'), choose(CODER, 'chat')]);
    await back();
    expect([name('completion'), name('chat')]).toEqual(['coder:1b', 'llama:8b']);
    await back();
    expect([name('completion'), name('chat')]).toEqual(['coder:7b', 'coder:7b']);
    await clock.pass(1_000);
    await choose(GPT, 'chat');
    await back();
    expect([name('completion'), name('chat')]).toEqual(['coder:7b', 'coder:7b']);
  });
});

/** What must never be true of the model that serves a role. */
function wrongs(role: Role, switcher: Switcher, { policy, memory }: ReturnType<typeof set>): string[] {
  const serving = switcher.current(role);
  if (!serving) return [];
  const chosen = memory.saved[role];
  const wrong: string[] = [];
  if (policy.forbids(serving)) wrong.push('forbidden');
  if (serving.zone === 'cloud' && chosen?.id !== serving.id) wrong.push('in the cloud, not chosen');
  if (chosen && lessPrivate(serving.zone, chosen.zone) !== chosen.zone) wrong.push('less private than the choice');
  return wrong;
}

type Answer = 'yes' | 'no' | 'never';

describe('whatever happens', () => {
  const anyModels = fc.subarray(ALL);
  const step = fc.oneof(
    fc.record({ do: fc.constant('level' as const), level: fc.constantFrom(...LEVELS), told: fc.boolean() }),
    fc.record({ do: fc.constant('list' as const), models: anyModels }),
    fc.record({
      do: fc.constant('choose' as const),
      role: fc.constantFrom(...ROLES),
      target: fc.constantFrom(...ALL),
      load: fc.constantFrom<Answer>('yes', 'no', 'never'),
    }),
    fc.record({ do: fc.constant('move' as const), target: fc.constantFrom(...ALL), zone: fc.constantFrom(...ZONES) }),
    fc.record({ do: fc.constant('restart' as const) }),
  );

  it('no role is served by a forbidden model, or by a cloud model that was not chosen', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.constantFrom(...LEVELS), async (steps, first) => {
        let answer: Answer = 'yes';
        const load: Road['load'] = () => {
          if (answer === 'never') return new Promise(() => {});
          return answer === 'no' ? Promise.reject(new AppError('outOfMemory')) : Promise.resolve(undefined);
        };
        const world = set({ level: first, load });
        let switcher = world.switcher;
        for (const act of steps) {
          switch (act.do) {
            case 'level':
              if (act.told) world.level(act.level);
              else world.policy.level = act.level;
              break;
            case 'list':
              world.list(act.models);
              break;
            case 'move':
              world.list(world.catalog.models.map((m) => (m.id === act.target.id ? { ...m, zone: act.zone } : m)));
              break;
            case 'choose':
              answer = act.load;
              void switcher.choose(act.role, act.target.id, NEVER);
              await Promise.resolve();
              if (act.load !== 'never') await settle();
              break;
            case 'restart':
              switcher.dispose();
              switcher = world.restart();
              break;
          }
          expect(ROLES.flatMap((role) => wrongs(role, switcher, world))).toEqual([]);
        }
        switcher.dispose();
      }),
      { numRuns: 300 },
    );
  });
});
