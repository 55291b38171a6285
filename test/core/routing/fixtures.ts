import type { Clock } from '../../../src/core/event.ts';
import { type Abilities, type Endpoint, type Model, type Zone, modelId } from '../../../src/core/model.ts';
import { type Level } from '../../../src/core/privacy/level.ts';
import { type Policy, createPolicy } from '../../../src/core/privacy/policy.ts';
import type { Choice, ChoiceMemory } from '../../../src/core/routing/choice.ts';

export const OLLAMA: Endpoint = {
  id: 'ollama',
  label: 'Ollama',
  protocol: 'ollama',
  url: 'http://127.0.0.1:11434',
  zone: 'device',
  needsKey: false,
};
export const TEAM: Endpoint = { ...OLLAMA, id: 'team', label: 'Team', url: 'http://team:11434', zone: 'network' };
export const OPENAI: Endpoint = {
  id: 'openai',
  label: 'OpenAI',
  protocol: 'openai',
  url: 'https://api.openai.com/v1',
  zone: 'cloud',
  needsKey: true,
};

const CHAT: Abilities = { insert: false, chat: true, tools: false, vision: false, thinking: false };

export function model(endpoint: Endpoint, name: string, more: Partial<Model> = {}): Model {
  return { id: modelId(endpoint, name), name, endpoint, zone: endpoint.zone, abilities: CHAT, ...more };
}

export const CODER = model(OLLAMA, 'coder:7b', { abilities: { ...CHAT, insert: true }, sizeBytes: 4.7e9 });
export const SMALL_CODER = model(OLLAMA, 'coder:1b', {
  abilities: { ...CHAT, insert: true, chat: false },
  sizeBytes: 1e9,
});
export const LLAMA = model(OLLAMA, 'llama:8b', { sizeBytes: 5e9 });
export const PROXIED = model(OLLAMA, 'gpt-oss:120b-cloud', { zone: 'cloud' });
export const TEAM_CODER = model(TEAM, 'team-coder', { abilities: { ...CHAT, insert: true } });
export const GPT = model(OPENAI, 'gpt');

export const fills = ({ abilities }: Model) => abilities.insert === true;

/** A policy whose level can be set. */
export function policyAt(level: Level): Policy & { level: Level } {
  const state = { level };
  const policy = createPolicy(() => ({ level: state.level, reasons: [] }));
  return {
    ...policy,
    get level() {
      return state.level;
    },
    set level(value) {
      state.level = value;
    },
  };
}

export interface FakeClock extends Clock {
  /** Moves on, running what falls due in order, and lets promises settle. */
  pass(ms: number): Promise<void>;
}

export function createFakeClock(): FakeClock {
  let now = 1_000_000;
  let timers: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return { dispose: () => void (timers = timers.filter((other) => other !== timer)) };
    },
    async pass(ms) {
      const end = now + ms;
      await settle();
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (!next) break;
        now = next.at;
        timers = timers.filter((timer) => timer !== next);
        next.run();
        await settle();
      }
      now = end;
      await settle();
    },
  };
}

export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

export function memoryOf(saved: Partial<Record<'completion' | 'chat', Choice>> = {}): ChoiceMemory & {
  readonly saved: Partial<Record<'completion' | 'chat', Choice>>;
} {
  return { saved, get: (role) => saved[role], set: (role, choice) => void (saved[role] = choice) };
}

export function choiceOf(chosen: Model, zone: Zone = chosen.zone): Choice {
  return { id: chosen.id, zone, at: 0 };
}
