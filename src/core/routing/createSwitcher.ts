import { type Clock, type Event, createEmitter } from '../event.ts';
import { type Model, type ModelId, type Role, ROLES, serves } from '../model.ts';
import { AppError, type Refusal } from '../outcome.ts';
import type { Policy } from '../privacy/policy.ts';
import type { Catalog } from './catalog.ts';
import { type Choice, type ChoiceMemory, type Fills } from './choice.ts';
import { keepsModels } from './describe.ts';
import { type Resolved, resolve } from './resolve.ts';
import type { Road } from './road.ts';
import type { SwitchOutcome, Switcher, Switching } from './switcher.ts';
import { untilAborted } from './untilAborted.ts';

export interface SwitcherParts {
  readonly catalog: Pick<Catalog, 'models' | 'find' | 'endpoints' | 'onDidChange'>;
  readonly policy: Pick<Policy, 'forbids'>;
  /** Fires after a level may have changed. */
  readonly onDidChangeLevels: Event<void>;
  readonly load: Road['load'];
  readonly memory: ChoiceMemory;
  readonly fills: Fills;
  readonly clock: Clock;
}

export function createSwitcher(parts: SwitcherParts): Switcher {
  const { catalog, policy, memory, clock } = parts;
  const changed = createEmitter<void>();
  // Read once: another window's choice must not move this one.
  const choices = new Map<Role, Choice>();
  for (const role of ROLES) {
    const choice = memory.get(role);
    if (choice) choices.set(role, choice);
  }
  const settled = new Map<Role, ModelId>();
  const resolved = new Map<Role, Resolved>();
  const running = new Map<Role, { readonly switching: Switching; readonly abort: AbortController }>();

  const resolveRole = (role: Role): Resolved => {
    const found = resolve(role, choices.get(role), {
      models: catalog.models,
      find: (id) => catalog.find(id),
      endpoints: catalog.endpoints,
      forbids: (model) => policy.forbids(model),
      fills: parts.fills,
      settled: settled.get(role),
    });
    if (found.model) settled.set(role, found.model.id);
    resolved.set(role, found);
    return found;
  };
  /** What was resolved last, unless the policy says otherwise by now. */
  const now = (role: Role): Resolved => {
    const known = resolved.get(role);
    return known && !(known.model && policy.forbids(known.model)) ? known : resolveRole(role);
  };
  const update = () => {
    const before = ROLES.map((role) => resolved.get(role));
    const after = ROLES.map(resolveRole);
    if (after.some((found, index) => found.model !== before[index]?.model || found.why !== before[index]?.why)) {
      changed.fire();
    }
  };
  const subscriptions = [catalog.onDidChange(update), parts.onDidChangeLevels(update)];

  const remember = (role: Role, model: Model, at: number) => {
    const old = choices.get(role);
    // What served may be the very model, in place of a choice that could not: then the way back leads to that choice.
    const before = [now(role).model?.id, old?.id, old?.previous];
    const previous = before.find((id) => id !== undefined && id !== model.id);
    const choice: Choice = { id: model.id, zone: model.zone, at, ...(previous ? { previous } : {}) };
    choices.set(role, choice);
    memory.set(role, choice);
  };
  const reject = (role: Role, id: ModelId): SwitchOutcome | Model => {
    const model = catalog.find(id);
    if (!model) return refusedEndpoint(id) ?? missing(id);
    const refused = policy.forbids(model);
    if (refused) return refused;
    if (serves(model, role)) return model;
    const error = new AppError('unsupported', { endpoint: model.endpoint, model: model.name });
    return { outcome: 'failed', error };
  };
  const refusedEndpoint = (id: ModelId): Refusal | undefined => {
    const state = catalog.endpoints.find(({ endpoint }) => id.startsWith(`${endpoint.id}/`));
    return state?.state === 'forbidden' ? state.refusal : undefined;
  };
  const missing = (id: ModelId): SwitchOutcome => {
    const endpoint = catalog.endpoints.find((state) => id.startsWith(`${state.endpoint.id}/`))?.endpoint;
    const model = id.slice(id.indexOf('/') + 1);
    return { outcome: 'failed', error: new AppError('modelMissing', { model, ...(endpoint ? { endpoint } : {}) }) };
  };

  const choose: Switcher['choose'] = async (role, id, signal) => {
    running.get(role)?.abort.abort();
    running.delete(role);
    if (signal.aborted) return { outcome: 'cancelled' };
    const target = reject(role, id);
    if ('outcome' in target) {
      changed.fire();
      return target;
    }
    const startedAt = clock.now();
    if (choices.get(role)?.id === id && now(role).model?.id === id) return { outcome: 'switched', model: target };
    const own = { switching: { role, target, startedAt }, abort: new AbortController() };
    const either = AbortSignal.any([signal, own.abort.signal]);
    running.set(role, own);
    changed.fire();
    try {
      const refused = keepsModels(target) ? await untilAborted(parts.load(target, either), either) : undefined;
      if (either.aborted) return { outcome: 'cancelled' };
      if (refused) return refused;
      // The level or the list may have changed while the model was loading.
      const still = reject(role, id);
      if ('outcome' in still) return still;
      if (still.zone !== target.zone) return missing(id);
      remember(role, still, startedAt);
      resolveRole(role);
      return { outcome: 'switched', model: still };
    } catch (cause) {
      const facts = { endpoint: target.endpoint, model: target.name, detail: String(cause), cause };
      return { outcome: 'failed', error: cause instanceof AppError ? cause : new AppError('serverError', facts) };
    } finally {
      if (running.get(role) === own) running.delete(role);
      changed.fire();
    }
  };

  return {
    current: (role) => now(role).model,
    why: (role) => now(role).why,
    chosen: (role) => choices.get(role)?.id,
    get switching() {
      return [...running.values()].at(-1)?.switching;
    },
    onDidChange: changed.event,
    choose,
    get previous() {
      // While a model is loading, the way back leads to what still serves.
      if (running.size > 0) {
        return [...running.keys()].flatMap((role) => {
          const id = now(role).model?.id;
          return id === undefined ? [] : [{ role, id }];
        });
      }
      const last = Math.max(...[...choices.values()].map(({ at }) => at));
      return [...choices].flatMap(([role, { at, previous }]) =>
        previous && last - at <= ONE_GO_MS ? [{ role, id: previous }] : [],
      );
    },
    dispose() {
      for (const { abort } of running.values()) abort.abort();
      for (const subscription of subscriptions) subscription.dispose();
      changed.dispose();
    },
  };
}

/** Roles chosen within so many milliseconds were chosen together. */
const ONE_GO_MS = 50;
