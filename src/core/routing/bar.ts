import { type CompletionState, OFF_WORDS } from '../completion/state.ts';
import type { Model, ModelId, Role, Zone } from '../model.ts';
import type { Level } from '../privacy/level.ts';
import { explain } from '../wording.ts';
import type { EndpointState } from './catalog.ts';
import { placeOf, plain, shortName, zoneWord } from './describe.ts';
import { type Problem, endpointProblem, errorProblem } from './problem.ts';
import type { Switching } from './switcher.ts';

export interface BarFacts {
  readonly level: Level;
  readonly current: (role: Role) => Model | undefined;
  readonly why: (role: Role) => string | undefined;
  readonly chosen: (role: Role) => ModelId | undefined;
  readonly switching: Switching | undefined;
  readonly endpoints: readonly EndpointState[];
  /** What completion is doing for the document at hand. */
  readonly activity: CompletionState;
}

/** What the status bar says. */
export interface Bar {
  readonly state: 'ready' | 'switching' | 'asking' | 'problem' | 'none';
  readonly locked: boolean;
  /** Name of the completion model, or a few words on what is wrong. */
  readonly words: string;
  readonly zone?: Zone;
  /** The zone in words. */
  readonly where?: string;
  /** The chat model, where it is another one. */
  readonly chat?: { readonly name: string; readonly where?: string };
  /** Why completion is off for the document at hand, where it is. */
  readonly off?: string;
  /** Whether a completion is being made. */
  readonly busy: boolean;
  /** What is wrong, with the command that mends it. */
  readonly problem?: Problem;
  /** All of it as sentences, for a screen reader. */
  readonly label: string;
}

export function describeBar(facts: BarFacts): Bar {
  const completion = facts.current('completion');
  const chat = facts.current('chat');
  const off = offWords(facts.activity);
  const head = withTrouble(headOf(facts, completion ?? (off ? chat : undefined)), facts.activity, completion);
  const other = chat && chat.id !== completion?.id && head.words !== shortName(chat.name) ? chat : undefined;
  return {
    ...head,
    ...(other ? { chat: chatOf(other, head.where) } : {}),
    locked: facts.level === 'private',
    ...(off ? { off } : {}),
    busy: facts.activity.state === 'waiting' || facts.activity.state === 'generating',
    label: labelOf(facts, head, off),
  };
}

/** In the bar, “in the editor” is said once. */
function chatOf(model: Model, said: string | undefined): NonNullable<Bar['chat']> {
  const where = zoneWord(model);
  const again = model.endpoint.protocol === 'builtin' && where === said;
  return { name: shortName(model.name), ...(again ? {} : { where }) };
}

type Head = Pick<Bar, 'state' | 'words' | 'zone' | 'where' | 'problem'>;

function headOf({ switching, chosen, endpoints, why }: BarFacts, main: Model | undefined): Head {
  if (switching) {
    const { target } = switching;
    return { state: 'switching', words: shortName(target.name), zone: target.zone, where: zoneWord(target) };
  }
  if (main) {
    const slow = endpoints.find(({ endpoint, state }) => endpoint.id === main.endpoint.id && state === 'slow');
    const problem = slow && endpointProblem(slow);
    const head = { words: shortName(main.name), zone: main.zone, where: zoneWord(main) };
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

/** Without a model the bar says so anyway. */
function offWords(activity: CompletionState): string | undefined {
  return activity.state === 'off' && activity.why !== 'noModel' ? OFF_WORDS[activity.why] : undefined;
}

/** The last completion's failure, when it was of the model that serves and nothing greater is wrong. */
function withTrouble(head: Head, activity: CompletionState, completion: Model | undefined): Head {
  if (head.state !== 'ready' || !('model' in activity) || activity.model.id !== completion?.id) return head;
  if (activity.state === 'failed') return { ...head, state: 'problem', problem: errorProblem(activity.error) };
  if (activity.state !== 'refused') return head;
  const { text, mend } = explain(activity.refusal);
  const short = activity.refusal.rule === 'secret' ? 'secret held back' : 'refused';
  return { ...head, state: 'problem', problem: { short, text, ...(mend && { mend }) } };
}

function labelOf(facts: BarFacts, head: Head, off: string | undefined): string {
  const role = (title: string, role: Role) => {
    const model = facts.current(role);
    const why = facts.why(role);
    return `${title}: ${model ? `${plain(model.name)}, ${placeOf(model)}.` : 'no model.'}${why ? ` ${why}` : ''}`;
  };
  return [
    'Switchyard.',
    head.state === 'switching' ? `Loading ${head.words}.` : undefined,
    role('Completion', 'completion'),
    off,
    role('Chat', 'chat'),
    head.problem && !facts.why('completion')?.includes(head.problem.text) ? head.problem.text : undefined,
    LEVEL_LABELS[facts.level],
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}
