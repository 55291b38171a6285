import { type Endpoint, type Model, type Role, type Zone, ROLES, ZONES, serves } from '../model.ts';
import type { Refusal } from '../outcome.ts';
import type { EndpointState } from './catalog.ts';
import type { Fills } from './choice.ts';
import { modelLine, parametersText, plain } from './describe.ts';
import { type Forbids, inOnePass } from './inOnePass.ts';
import { type Problem, endpointProblem } from './problem.ts';

/** A row of the model picker. `key` stays the same while the row means the same. */
export type Row =
  | { readonly kind: 'zone'; readonly key: string; readonly zone: Zone }
  | ModelRow
  | { readonly kind: 'problem'; readonly key: string; readonly endpoint: Endpoint; readonly problem: Problem }
  | { readonly kind: 'forbidden'; readonly key: string; readonly endpoint: Endpoint; readonly refusal: Refusal }
  | { readonly kind: 'asking'; readonly key: string; readonly endpoint: Endpoint };

export interface ModelRow {
  readonly kind: 'model';
  readonly key: string;
  readonly model: Model;
  /** Roles that it serves now. */
  readonly serving: readonly Role[];
  readonly forbidden?: Refusal;
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

export interface RowFacts {
  readonly endpoints: readonly EndpointState[];
  readonly models: readonly Model[];
  readonly current: (role: Role) => Model | undefined;
  readonly forbids: Forbids;
  readonly fills: Fills;
  /** Only models that can serve this role; every model without it. */
  readonly role?: Role | undefined;
}

/** The picker's rows: by zone, the most private first; in each the models, what is wrong with its servers, and last what
 * the level forbids. */
export function buildRows(facts: RowFacts): readonly Row[] {
  const forbids = inOnePass(facts.forbids);
  const current = ROLES.map((role) => ({ role, id: facts.current(role)?.id }));
  const severalServers = facts.endpoints.length > 1;
  const byZone: Record<Zone, { allowed: ModelRow[]; forbidden: ModelRow[] }> = {
    device: { allowed: [], forbidden: [] },
    network: { allowed: [], forbidden: [] },
    cloud: { allowed: [], forbidden: [] },
  };
  for (const model of facts.models) {
    if (facts.role && !serves(model, facts.role)) continue;
    const refused = forbids(model);
    const serving = current.filter(({ id }) => id === model.id).map(({ role }) => role);
    const row = modelRow(model, serving, refused, severalServers, facts.fills);
    byZone[model.zone][refused ? 'forbidden' : 'allowed'].push(row);
  }
  const rows: Row[] = [];
  for (const zone of ZONES) {
    const { allowed, forbidden } = byZone[zone];
    const servers = facts.endpoints.filter(({ endpoint }) => endpoint.zone === zone).flatMap(endpointRows);
    if (allowed.length + forbidden.length + servers.length === 0) continue;
    rows.push({ kind: 'zone', key: `zone:${zone}`, zone });
    rows.push(...allowed.toSorted(byUse), ...servers, ...forbidden.toSorted(byLabel));
  }
  return rows;
}

function modelRow(
  model: Model,
  serving: readonly Role[],
  forbidden: Refusal | undefined,
  severalServers: boolean,
  fills: Fills,
): ModelRow {
  const line = modelLine(model, fills);
  return {
    kind: 'model',
    key: model.id,
    model,
    serving,
    ...(forbidden ? { forbidden } : {}),
    label: plain(model.name),
    description: [
      serving.length > 0 ? `in use for ${serving.join(' and ')}` : undefined,
      model.parameters ? parametersText(model.parameters) : undefined,
      severalServers ? plain(model.endpoint.label) : undefined,
    ]
      .filter((part) => part !== undefined)
      .join(' · '),
    detail: forbidden ? `Forbidden: ${forbidden.reason}${line ? ` · ${line}` : ''}` : (model.unusable ?? line),
  };
}

function endpointRows(state: EndpointState): Row[] {
  const { endpoint } = state;
  const key = `server:${endpoint.id}`;
  if (state.state === 'asking') return [{ kind: 'asking', key, endpoint }];
  if (state.state === 'forbidden') return [{ kind: 'forbidden', key, endpoint, refusal: state.refusal }];
  const problem = endpointProblem(state);
  return problem ? [{ kind: 'problem', key, endpoint, problem }] : [];
}

const ORDER = new Intl.Collator('en', { numeric: true });

/** What is in use first. */
function byUse(a: ModelRow, b: ModelRow): number {
  return b.serving.length - a.serving.length || byLabel(a, b);
}

function byLabel(a: ModelRow, b: ModelRow): number {
  return ORDER.compare(a.label, b.label);
}
