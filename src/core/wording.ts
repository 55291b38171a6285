import type { Protocol } from './model.ts';
import { type AppError, type ErrorKind, type Refusal, isRefusal } from './outcome.ts';
import { plain } from './routing/describe.ts';

/**
 * A command that mends a failure, with the words of its button. The ids are those of `manifest.ts`, which the core may not
 * read; a test compares them.
 */
export type Mend =
  | { readonly command: 'switchyard.startOllama'; readonly title: string; readonly args: readonly [endpointId: string] }
  | {
      readonly command: 'switchyard.pullModel';
      readonly title: string;
      readonly args: readonly [endpointId: string, name: string];
    }
  | { readonly command: 'switchyard.setKey'; readonly title: string; readonly args: readonly [endpointId: string] }
  | {
      readonly command:
        | 'switchyard.pickModel'
        | 'switchyard.openSettings'
        | 'switchyard.showLog'
        | 'switchyard.showRequests'
        | 'switchyard.refreshModels'
        | 'switchyard.installEngine'
        | 'switchyard.whyLevel';
      readonly title: string;
      readonly args?: never;
    };

/** What to tell people: one sentence, and the button that helps. */
export interface Wording {
  readonly text: string;
  readonly mend?: Mend;
}

const SWITCH: Mend = { command: 'switchyard.pickModel', title: 'Switch Model' };
const SETTINGS: Mend = { command: 'switchyard.openSettings', title: 'Open Settings' };
const LOG: Mend = { command: 'switchyard.showLog', title: 'Show Log' };
const REQUESTS: Mend = { command: 'switchyard.showRequests', title: 'Show Requests' };
const AGAIN: Mend = { command: 'switchyard.refreshModels', title: 'Try Again' };
const WHY: Mend = { command: 'switchyard.whyLevel', title: 'Why?' };

const SCREENED: ReadonlySet<string> = new Set(['secret', 'ignored', 'screen']);

/** Words for every failure and every refusal. What the server said is for the log, except where nobody else can say it. */
export function explain(failure: AppError | Refusal): Wording {
  if (isRefusal(failure)) {
    // What the screen holds back, a model of this machine may read.
    const mend = failure.rule.startsWith('level:') ? WHY : SCREENED.has(failure.rule) ? SWITCH : undefined;
    return { text: failure.reason, ...(mend && { mend }) };
  }
  const { kind, facts } = failure;
  const { endpoint, tokens, retryAfterMs, status } = facts;
  const server = endpoint ? plain(endpoint.label) : 'The server';
  const model = facts.model === undefined ? 'The model' : plain(facts.model);
  const ollama = endpoint?.protocol === 'ollama' ? endpoint : undefined;
  const detail = told(facts.detail);
  const own = endpoint?.protocol === 'builtin' ? builtinWording(kind, model, detail) : undefined;
  if (own) return own;
  switch (kind) {
    case 'unreachable':
      if (ollama?.zone === 'device') {
        const mend: Mend = { command: 'switchyard.startOllama', title: 'Start Ollama', args: [ollama.id] };
        return { text: `${server} is not running at ${host(ollama.url)}.`, mend };
      }
      if (facts.proxyStatus !== undefined) return { text: `${server} cannot be reached${detail}.`, mend: AGAIN };
      return { text: `${server} cannot be reached${endpoint ? ` at ${host(endpoint.url)}` : ''}.`, mend: AGAIN };
    case 'timedOut':
      return { text: `${server} did not answer in time.`, mend: AGAIN };
    case 'interrupted':
      return { text: `${server} broke off before the answer was complete.`, mend: LOG };
    case 'unauthorized':
      if (endpoint?.needsKey) {
        const mend: Mend = { command: 'switchyard.setKey', title: 'Set Key', args: [endpoint.id] };
        // 402 and 429 are about the account, not about who asks.
        return status === 402 || status === 429
          ? { text: `The account at ${server} has no credit or quota left.`, mend: SWITCH }
          : { text: `${server} did not accept the API key.`, mend };
      }
      if (ollama)
        return { text: `${server} wants you to sign in first: run "ollama signin" in a terminal.`, mend: LOG };
      return { text: `${server} does not let you in: it may want an API key.`, mend: SETTINGS };
    case 'rateLimited':
      return { text: `${server} asks to wait${wait(retryAfterMs)}: too many requests.`, mend: SWITCH };
    case 'busy':
      return { text: `${server} is busy with other requests${wait(retryAfterMs, ', try again')}.`, mend: AGAIN };
    case 'badResponse':
      return {
        text: `What answers at ${endpoint ? host(endpoint.url) : 'the address'} does not speak ${
          PROTOCOL_NAMES[endpoint?.protocol ?? 'openai']
        } protocol: another service may be listening there.`,
        mend: SETTINGS,
      };
    case 'modelMissing':
      if (ollama && facts.model !== undefined) {
        const mend: Mend = {
          command: 'switchyard.pullModel',
          title: `Pull ${model}`,
          args: [ollama.id, facts.model],
        };
        return { text: `${server} does not have ${model}.`, mend };
      }
      return { text: `${server} does not have ${model === 'The model' ? 'the model' : model}.`, mend: SWITCH };
    case 'contextTooLong':
      return {
        text: tokens
          ? `The request has ${count(tokens.prompt)} tokens, and ${model} takes ${count(tokens.limit)} as it is loaded now.`
          : `The request is longer than what ${model} takes.`,
        mend: SETTINGS,
      };
    case 'outOfMemory':
      return { text: `${model} stopped on ${server}: it may not fit into memory.`, mend: SWITCH };
    case 'unsupported':
      return {
        text: `${facts.model === undefined ? server : `${model} on ${server}`} cannot do this${detail}.`,
        mend: SWITCH,
      };
    case 'misconfigured':
      return { text: `${server} is not set up for this${detail}.`, mend: SETTINGS };
    case 'refused':
      return refusedWording(facts.rule, facts.detail);
    case 'serverError':
      return { text: `${server} reports an error${detail}.`, mend: LOG };
  }
}

/** Of the built-in engine, what is not the same as of a server. */
function builtinWording(kind: ErrorKind, model: string, detail: string): Wording | undefined {
  const missing: Wording = {
    text: 'The built-in engine is not installed.',
    mend: { command: 'switchyard.installEngine', title: 'Install…' },
  };
  const cannot: Wording = { text: `${model} cannot run in the built-in engine${detail}.`, mend: SWITCH };
  const words: { readonly [K in ErrorKind]?: Wording } = {
    interrupted: {
      text: 'The built-in engine ended before the answer was complete. It starts again with the next request.',
      mend: LOG,
    },
    outOfMemory: { text: `${model} does not fit into memory${detail}.`, mend: SWITCH },
    unsupported: cannot,
    serverError: cannot,
    unreachable: missing,
    misconfigured: missing,
  };
  return words[kind];
}

const PROTOCOL_NAMES: Readonly<Record<Protocol, string>> = {
  ollama: 'Ollama’s',
  openai: 'OpenAI’s',
  llamacpp: 'llama.cpp’s',
  mistral: 'Mistral’s',
  deepseek: 'DeepSeek’s',
  anthropic: 'Anthropic’s',
  gemini: 'Gemini’s',
  builtin: 'its own',
};

/** The door's and the providers' own details are sentences for people already. */
function refusedWording(rule: string | undefined, detail: string | undefined): Wording {
  const text = detail ?? 'The request was refused and not sent.';
  if (rule === 'breach') return { text, mend: REQUESTS };
  if (rule === 'ledger') return { text, mend: LOG };
  return { text, ...(rule?.startsWith('level:') && { mend: WHY }) };
}

/** What the server said, as the end of a sentence: its first line, and not if it is code. */
function told(detail: string | undefined): string {
  const line = plain(detail?.split('\n', 1)[0] ?? '').replace(/[.\s]+$/u, '');
  return line === '' || /^[{[<]/u.test(line) ? '' : `: ${line.length > 200 ? `${line.slice(0, 200)}…` : line}`;
}

function host(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** Rounded up, in the unit that people would use. */
function wait(ms: number | undefined, lead = ''): string {
  if (ms === undefined) return '';
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  const minutes = Math.ceil(seconds / 60);
  const time = seconds < 90 ? `${String(seconds)} s` : `${String(minutes)} minutes`;
  return lead === '' ? ` ${time}` : `${lead} in ${time}`;
}

function count(tokens: number): string {
  return tokens.toLocaleString('en-US');
}
