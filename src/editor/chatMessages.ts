import { type Answer, type Message, type Passage, type Thread, levelOfThread } from '../core/chat/thread.ts';
import type { Model } from '../core/model.ts';
import { type Level, stricter } from '../core/privacy/level.ts';
import type { Levels } from '../core/privacy/levels.ts';
import type { Finding } from '../core/privacy/screen.ts';
import type { Catalog, EndpointState } from '../core/routing/catalog.ts';
import { isBuiltin, plain, shortName } from '../core/routing/describe.ts';
import { type Mend, endpointProblem } from '../core/routing/problem.ts';
import type { Switcher } from '../core/routing/switcher.ts';
import { LEVEL_WORDS, sentence } from '../core/privacy/words.ts';
import type {
  PageAnswer,
  PageHeading,
  PageHeld,
  PageMessage,
  PageModel,
  PagePassage,
  PageThread,
} from '../webview/protocol.ts';

/** What the page is shown of the things of the core. */
export function pageThread(thread: Thread): PageThread {
  return { type: 'thread', threadId: thread.id, title: thread.title, messages: thread.messages.map(pageMessage) };
}

function pageMessage(message: Message): PageMessage {
  if (message.role === 'assistant') return pageAnswer(message);
  const { role, id, text, passages } = message;
  return { role, id, text, passages: passages.map(pagePassage) };
}

export function pageAnswer({ role, id, text, thinking, thinkingMs, model, omitted, state }: Answer): PageAnswer {
  return {
    role,
    id,
    text,
    thinking,
    ...(thinkingMs !== undefined && { thinkingMs }),
    ...(model && { model: pageModel(model, model.label) }),
    ...(omitted !== undefined && { omitted }),
    state: state.kind,
    ...(state.kind === 'failed' && {
      failure: { text: state.failure.text, buttons: state.failure.mends.map(({ title }) => title) },
    }),
    ...(state.kind === 'held' && { held: pageHeld(state.findings) }),
  };
}

function pageModel(model: Pick<Model, 'id' | 'zone'>, name: string): PageModel {
  return { label: shortName(name), zone: model.zone, ...(isBuiltin(model) && { builtin: true }) };
}

function pageHeld(findings: readonly Finding[]): PageHeld {
  const secrets = findings.filter(({ kind }) => kind === 'secret');
  const files = findings.length > secrets.length;
  return {
    text: files
      ? 'Not sent: an ignore rule keeps text of this request on this machine.'
      : 'Not sent: this request holds what looks like a secret.',
    findings: findings.map((finding) =>
      finding.kind === 'secret'
        ? { title: `${finding.what} in ${finding.where}`, excerpt: finding.excerpt }
        : { title: `${finding.where} (rule ${finding.pattern})` },
    ),
    // Nothing is left of a file when all of it is taken out.
    ways: files ? ['local', 'discard'] : ['local', 'redact', 'discard'],
  };
}

export function pagePassage({ name, lines: [first, last] }: Passage): PagePassage {
  const lines = first === last ? `${first + 1}` : `${first + 1}–${last + 1}`;
  return { label: `${plain(name.split('/').at(-1) ?? name)}:${lines}`, title: `${plain(name)}, lines ${lines}` };
}

export interface Setup {
  readonly text: string;
  readonly mend?: Mend;
}

export interface HeadingParts {
  readonly switcher: Pick<Switcher, 'current' | 'why' | 'switching'>;
  readonly catalog: Pick<Catalog, 'endpoints' | 'models'>;
  readonly levels: Pick<Levels, 'window'>;
}

/** Who would answer, and how far text may travel: the strictest of the window's and the thread's level. */
export function pageHeading({ switcher, levels }: HeadingParts, thread: Thread, setup: readonly Setup[]): PageHeading {
  const model = switcher.current('chat');
  const { switching } = switcher;
  const verdict = levels.window();
  const carried = levelOfThread(thread);
  const level: Level = carried ? stricter(carried, verdict.level) : verdict.level;
  const reason = verdict.reasons[0];
  return {
    ...(model && { model: pageModel(model, model.name) }),
    ...(switching?.role === 'chat' && { switchingTo: shortName(switching.target.name) }),
    level,
    levelTitle:
      level === verdict.level
        ? reason
          ? sentence(reason)
          : ''
        : `The workspace is ${LEVEL_WORDS[verdict.level].name.toLowerCase()}, but this chat carries text from stricter times.`,
    setup: setup.map(({ text, mend }) => ({ text, ...(mend && { button: mend.title }) })),
  };
}

/** What stands between the user and an answer; nothing while there is a chat model. */
export function setupOf({ switcher, catalog }: Pick<HeadingParts, 'switcher' | 'catalog'>): readonly Setup[] {
  if (switcher.current('chat') || switcher.switching?.role === 'chat') return [];
  const all = catalog.endpoints.flatMap(setupOfEndpoint);
  const mendable = all.filter(({ mend }) => mend);
  // What the level forbids is no way out, and is told only where nothing else can be.
  const missing = mendable.length > 0 ? mendable : all;
  if (catalog.models.length === 0) return missing;
  const choose: Mend = { command: 'switchyard.pickModel', title: 'Choose a Model', args: [{ role: 'chat' }] };
  return [{ text: switcher.why('chat') ?? 'No model is chosen for chat.', mend: choose }, ...missing];
}

function setupOfEndpoint(state: EndpointState): readonly Setup[] {
  const label = plain(state.endpoint.label);
  if (state.state === 'asking') return [{ text: `Asking ${label} for its models…` }];
  if (state.state === 'forbidden') return [{ text: `${label}: ${state.refusal.reason}` }];
  const problem = endpointProblem(state);
  return problem ? [problem] : [];
}
