import type { Model, ModelId, Role, Zone } from '../model.ts';
import type { Level } from '../privacy/level.ts';
import type { EndpointState } from './catalog.ts';
import { plain, shortName, zonePlace } from './describe.ts';
import { type Problem, endpointProblem } from './problem.ts';
import type { Switching } from './switcher.ts';

export interface BarFacts {
  readonly level: Level;
  readonly current: (role: Role) => Model | undefined;
  readonly why: (role: Role) => string | undefined;
  readonly chosen: (role: Role) => ModelId | undefined;
  readonly switching: Switching | undefined;
  readonly endpoints: readonly EndpointState[];
  /** Whether completion is on for the document at hand. */
  readonly completionOn: boolean;
}

/** What the status bar says. */
export interface Bar {
  readonly state: 'ready' | 'switching' | 'asking' | 'problem' | 'none';
  readonly locked: boolean;
  /** Name of the completion model, or a few words on what is wrong. */
  readonly words: string;
  readonly zone?: Zone;
  /** The chat model, where it is another one. */
  readonly chat?: { readonly name: string; readonly zone: Zone };
  readonly completionOff: boolean;
  /** What is wrong, with the command that mends it. */
  readonly problem?: Problem;
  /** All of it as sentences, for a screen reader. */
  readonly label: string;
}

export function describeBar(facts: BarFacts): Bar {
  const completion = facts.current('completion');
  const chat = facts.current('chat');
  const completionOff = !facts.completionOn;
  const head = headOf(facts, completion ?? (completionOff ? chat : undefined));
  const other = chat && chat.id !== completion?.id && head.words !== shortName(chat.name) ? chat : undefined;
  return {
    ...head,
    ...(other ? { chat: { name: shortName(other.name), zone: other.zone } } : {}),
    locked: facts.level === 'private',
    completionOff,
    label: labelOf(facts, head),
  };
}

type Head = Pick<Bar, 'state' | 'words' | 'zone' | 'problem'>;

function headOf({ switching, chosen, endpoints, why }: BarFacts, main: Model | undefined): Head {
  if (switching) {
    return { state: 'switching', words: shortName(switching.target.name), zone: switching.target.zone };
  }
  if (main) {
    const slow = endpoints.find(({ endpoint, state }) => endpoint.id === main.endpoint.id && state === 'slow');
    const problem = slow && endpointProblem(slow);
    const head = { words: shortName(main.name), zone: main.zone };
    return problem ? { ...head, state: 'problem', problem } : { ...head, state: 'ready' };
  }
  const id = chosen('completion');
  const own = id === undefined ? undefined : endpoints.find(({ endpoint }) => id.startsWith(`${endpoint.id}/`));
  const near = endpoints.filter(({ endpoint }) => endpoint.zone !== 'cloud');
  if (own ? own.state === 'asking' : near.some(({ state }) => state === 'asking')) {
    return { state: 'asking', words: id === undefined ? 'Switchyard' : shortName(id.slice(id.indexOf('/') + 1)) };
  }
  const problem = [...(own ? [own] : []), ...near].map(endpointProblem).find((found) => found !== undefined);
  if (problem) return { state: 'problem', words: problem.short, problem };
  const text = why('completion') ?? 'No model is chosen.';
  const mend = { command: 'switchyard.pickModel', title: 'Choose a Model…' };
  if (id === undefined) return { state: 'none', words: 'Choose a model' };
  return { state: 'problem', words: 'No model', problem: { short: 'No model', text, mend } };
}

const LEVEL_LABELS: Readonly<Record<Level, string>> = {
  private: 'Private-only workspace.',
  internal: 'Internal workspace.',
  open: 'Open workspace.',
};

function labelOf(facts: BarFacts, head: Head): string {
  const role = (title: string, role: Role) => {
    const model = facts.current(role);
    const why = facts.why(role);
    return `${title}: ${model ? `${plain(model.name)}, ${zonePlace(model.zone)}.` : 'no model.'}${why ? ` ${why}` : ''}`;
  };
  return [
    'Switchyard.',
    head.state === 'switching' ? `Loading ${head.words}.` : undefined,
    role('Completion', 'completion'),
    facts.completionOn ? undefined : 'Completion is off.',
    role('Chat', 'chat'),
    head.problem && !facts.why('completion')?.includes(head.problem.text) ? head.problem.text : undefined,
    LEVEL_LABELS[facts.level],
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}
