import { type Model, type ModelId, type Role, type Zone, lessPrivate, serves } from '../model.ts';
import type { EndpointState } from './catalog.ts';
import { type Choice, type Fills, pickFor } from './choice.ts';
import { shortName, zonePlace } from './describe.ts';
import { type Forbids, inOnePass } from './inOnePass.ts';
import { endpointProblem } from './problem.ts';

export interface Resolved {
  readonly model?: Model;
  readonly why?: string;
}

export interface Known {
  readonly models: readonly Model[];
  readonly find: (id: ModelId) => Model | undefined;
  readonly endpoints: readonly EndpointState[];
  readonly forbids: Forbids;
  readonly fills: Fills;
  readonly settled: ModelId | undefined;
}

/** The model that serves a role: the user's choice; else, with the reason, one that is as private or more so. */
export function resolve(role: Role, choice: Choice | undefined, known: Known): Resolved {
  if (!choice) return byDefault(role, known);
  const found = known.find(choice.id);
  const obstacle = found ? obstacleOf(role, found, choice.zone, known) : absence(choice.id, known.endpoints);
  if (found && obstacle === undefined) return { model: found };
  const why = obstacle ?? '';
  // A server that has not answered yet may still have the model: no stand-in for the first moments.
  if (stateOf(choice.id, known.endpoints)?.state === 'asking') return { why };
  const standIn = pick(role, choice.zone, known);
  if (standIn) return { model: standIn, why: `${why} ${shortName(standIn.name)} serves instead.` };
  // Nothing serves instead: why not is worth as much as why the choice does not.
  const trouble = nearProblem(known.endpoints);
  return { why: trouble && trouble !== why ? `${why} ${trouble}` : why };
}

/** What is wrong with a server that could serve without anybody choosing it. */
function nearProblem(endpoints: readonly EndpointState[]): string | undefined {
  const near = endpoints.filter(({ endpoint }) => endpoint.zone !== 'cloud');
  return near.map(endpointProblem).find((found) => found !== undefined)?.text;
}

function byDefault(role: Role, known: Known): Resolved {
  const near = known.endpoints.filter(({ endpoint }) => endpoint.zone !== 'cloud');
  // The first server to answer is not always the best: wait a moment for the others.
  if (near.some(({ state }) => state === 'asking')) return { why: 'Asking the servers for their models.' };
  const model = pick(role, 'network', known);
  if (model) return { model };
  return { why: nearProblem(near) ?? 'No model is chosen.' };
}

function pick(role: Role, ceiling: Zone, known: Known): Model | undefined {
  const forbids = inOnePass(known.forbids);
  const allowed = known.models.filter((model) => !forbids(model));
  return pickFor(role, allowed, { ceiling, fills: known.fills, settled: known.settled });
}

/** Why a model that is there does not serve. */
function obstacleOf(role: Role, model: Model, chosenIn: Zone, known: Known): string | undefined {
  const name = shortName(model.name);
  const refused = known.forbids(model);
  if (refused) return `${name} is not used: ${refused.reason}`;
  if (lessPrivate(model.zone, chosenIn) !== chosenIn) {
    return `${name} now runs ${zonePlace(model.zone)}, and not ${zonePlace(chosenIn)} as when it was chosen. Choose it again to use it.`;
  }
  if (!serves(model, role)) return `${name} cannot ${role === 'chat' ? 'chat' : 'complete code'}.`;
  return undefined;
}

/** Why a model is not there. */
function absence(id: ModelId, endpoints: readonly EndpointState[]): string {
  const name = shortName(id.slice(id.indexOf('/') + 1));
  const state = stateOf(id, endpoints);
  if (!state) return `The server of ${name} is no longer in the settings.`;
  if (state.state === 'asking') return `Asking ${state.endpoint.label} for its models.`;
  if (state.state === 'forbidden') return `${name} is not used: ${state.refusal.reason}`;
  if (state.state === 'ready') return `${state.endpoint.label} no longer has ${name}.`;
  return endpointProblem(state)?.text ?? `${name} is not there.`;
}

function stateOf(id: ModelId, endpoints: readonly EndpointState[]): EndpointState | undefined {
  return endpoints.find(({ endpoint }) => id.startsWith(`${endpoint.id}/`));
}
