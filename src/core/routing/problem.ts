import type { AppError, ErrorKind } from '../outcome.ts';
import { explain } from '../wording.ts';
import type { EndpointState } from './catalog.ts';
import { plain } from './describe.ts';

/** A command that mends something, with the words of its button. */
export interface Mend {
  readonly command: string;
  readonly title: string;
  readonly args?: readonly unknown[];
}

/** What is wrong with a server. */
export interface Problem {
  /** A few words for the status bar. */
  readonly short: string;
  /** A sentence. */
  readonly text: string;
  readonly mend?: Mend;
}

/** `undefined` when nothing is wrong, also for a server that the level forbids or that has not answered yet. */
export function endpointProblem(state: EndpointState): Problem | undefined {
  const { endpoint } = state;
  const label = plain(endpoint.label);
  switch (state.state) {
    case 'ready':
    case 'asking':
    case 'forbidden':
      return undefined;
    case 'slow':
      return {
        short: `${label} is slow`,
        text: `${label} has not answered for some seconds.`,
        mend: { command: 'switchyard.refreshModels', title: 'Ask Again' },
      };
    case 'empty':
      if (endpoint.protocol === 'builtin') {
        return {
          short: `${label}: no models`,
          text: `${label} has no models yet: put a GGUF file into its folder.`,
          mend: { command: 'switchyard.showModelsFolder', title: 'Show the Folder' },
        };
      }
      return endpoint.protocol === 'ollama'
        ? {
            short: `${label}: no models`,
            text: `${label} has no models yet.`,
            mend: { command: 'switchyard.pullModel', title: 'Pull a Model…', args: [endpoint.id] },
          }
        : {
            short: `${label}: no models`,
            text: `${label} offers no models.`,
            mend: { command: 'switchyard.refreshModels', title: 'Ask Again' },
          };
    case 'needsKey':
      return {
        short: `${label} needs a key`,
        text: `${label} needs an API key.`,
        mend: { command: 'switchyard.setKey', title: 'Set an API Key…', args: [endpoint.id] },
      };
    case 'failed':
      return { short: `${label}${briefly(state.error)}`, ...explain(state.error) };
  }
}

export function errorProblem(error: AppError): Problem {
  const label = error.facts.endpoint ? plain(error.facts.endpoint.label) : 'The server';
  return { short: `${label}${briefly(error)}`, ...explain(error) };
}

function briefly(error: AppError): string {
  const local = error.facts.endpoint?.zone === 'device' && error.facts.endpoint.protocol === 'ollama';
  return error.kind === 'unreachable' && local ? ' is not running' : BRIEFLY[error.kind];
}

const BRIEFLY: Readonly<Record<ErrorKind, string>> = {
  unreachable: ' is unreachable',
  timedOut: ' does not answer',
  interrupted: ' broke off',
  unauthorized: ' refused the key',
  rateLimited: ' asks to wait',
  busy: ' is busy',
  badResponse: ' answers oddly',
  modelMissing: ': model missing',
  contextTooLong: ': too long',
  outOfMemory: ' is out of memory',
  unsupported: ' cannot do this',
  misconfigured: ' is misconfigured',
  refused: ' was refused',
  serverError: ' has an error',
};
