import type { Clock } from '../../src/core/event.ts';
import type { Provider } from '../../src/core/provider.ts';
import { createFreeingRoad } from '../../src/core/routing/freeingRoad.ts';
import { type Road, createRoad } from '../../src/core/routing/road.ts';
import { policyAt } from '../core/routing/fixtures.ts';
import { type TestLine, testLine } from './support.ts';

/** Milliseconds of this process, for times that are compared. */
export const realClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return { dispose: () => clearTimeout(timer) };
  },
};

/** A road to one provider on this machine, without a door. */
export function roadOf(provider: Provider, line: TestLine = testLine()): Road {
  return createRoad({
    policy: policyAt('private'),
    screen: { inspect: async () => Promise.resolve(undefined) },
    open: async () => Promise.resolve(line),
    provider: async () => Promise.resolve(provider),
  });
}

/** The same for tests that give answers up: a real Ollama may lose the model then. */
export function freeingRoadOf(provider: Provider, line?: TestLine, log: (text: string) => void = console.log): Road {
  return createFreeingRoad({ road: roadOf(provider, line), clock: realClock, log });
}
