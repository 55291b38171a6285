import { KNOWN_HOLE } from '../../../src/core/completion/probe.ts';
import type { Send } from '../../../src/core/completion/run.ts';
import type { Model } from '../../../src/core/model.ts';
import { AppError, type Refusal } from '../../../src/core/outcome.ts';
import type { ChatRequest, CompleteRequest, Piece, Usage } from '../../../src/core/provider.ts';
import { endpointAt, modelOf } from '../../providers/support.ts';

/** What a model of a test says to a request. */
export interface Says {
  readonly text?: string;
  readonly thinking?: string;
  readonly usage?: Usage;
  readonly error?: AppError;
}

export interface Manner {
  readonly complete?: (request: CompleteRequest) => Says;
  readonly chat?: (request: ChatRequest) => Says;
  readonly refusal?: Refusal;
}

/** A road to one model with a manner of its own, and what was sent along it. */
export function roadTo({
  complete,
  chat,
  refusal,
}: Manner): Send & { readonly sent: (CompleteRequest | ChatRequest)[] } {
  const sent: (CompleteRequest | ChatRequest)[] = [];
  const answer = async (request: CompleteRequest | ChatRequest, says: Says | undefined) => {
    sent.push(request);
    return Promise.resolve(refusal ?? pieces(says ?? { error: new AppError('unsupported') }));
  };
  return {
    sent,
    complete: async (request) => answer(request, complete?.(request)),
    chat: async (request) => answer(request, chat?.(request)),
  };
}

async function* pieces({ text, thinking, usage, error }: Says): AsyncGenerator<Piece> {
  await Promise.resolve();
  if (thinking !== undefined) yield { kind: 'thinking', text: thinking };
  if (text !== undefined) yield { kind: 'text', text };
  if (error) throw error;
  yield { kind: 'end', reason: 'stop', ...(usage && { usage }) };
}

/** A model that fills holes when it is asked with these markers, and goes on with the prefix otherwise. */
export function fillsWith(marker: string, usage?: (request: CompleteRequest) => Usage) {
  return (request: CompleteRequest): Says => ({
    text: request.prompt.includes(marker) ? KNOWN_HOLE.answer : 'number):\n    return number',
    ...(usage && { usage: usage(request) }),
  });
}

export function patientModel(name: string, more: Partial<Model> = {}): Model {
  return modelOf(endpointAt('http://127.0.0.1:1', 'ollama'), name, more);
}
