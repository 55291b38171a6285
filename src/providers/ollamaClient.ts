import { Ollama } from 'ollama/browser';
import { AppError } from '../core/outcome.ts';
import { messageOf, ollamaError, ollamaErrorText } from './ollamaErrors.ts';
import { Frame, usageOf } from './ollamaWire.ts';
import {
  type Call,
  factsOf,
  isType,
  linesOf,
  parseJson,
  retryAfterMs,
  send,
  settled,
  textOf,
  withBody,
} from './wire.ts';

/** Longest error body that is read, in characters. */
const ERROR_LIMIT = 65_536;

/**
 * An `ollama` client for one request of ours. The client's own checks lose what we need (the body of errors, lines that
 * are no JSON, streams that were cut) and it takes no signal, so all of that happens in the fetch that it is given: by the
 * time the client sees an answer, it is a good one. Everything that goes wrong is thrown as `AppError`.
 */
export function ollamaClient(call: Call): Ollama {
  return new Ollama({
    host: call.endpoint.url,
    fetch: async (input, init = {}) => {
      const response = await send(call, urlOf(input), init);
      if (!response.ok) {
        const body = await textOf(call, response, ERROR_LIMIT);
        throw ollamaError(response.status, body, factsOf(call), retryAfterMs(response.headers));
      }
      if (isType(response, 'application/x-ndjson')) return withBody(response, goodLines(call, response));
      // Deleting answers without a body and thus without a type.
      if (isType(response, 'application/json', '')) return withBody(response, await whole(call, response));
      // Not read: another service may stream for ever.
      await response.body?.cancel();
      const type = response.headers.get('content-type') ?? '';
      throw new AppError('badResponse', {
        ...factsOf(call),
        status: response.status,
        detail: `The answer is ${type}.`,
      });
    },
  });
}

function urlOf(input: string | URL | Request): string {
  return input instanceof Request ? input.url : String(input);
}

async function whole(call: Call, response: Response): Promise<string> {
  const text = await textOf(call, response);
  if (text.trim() !== '') check(call, text);
  return text;
}

/** The lines of a stream, one by one, each of them checked; throws at the end unless the server said that it is done. */
async function* goodLines(call: Call, response: Response): AsyncGenerator<string> {
  const lines = linesOf(call, response);
  let open = true;
  try {
    while (true) {
      const next = await lines.next();
      if (next.done === true) break;
      const line = next.value;
      if (line.trim() === '') continue;
      const frame = check(call, line);
      if (frame.done === true || frame.status === 'success') {
        // Told before the body ends, so that it goes into the request's own line of the ledger.
        if (frame.done === true) call.line.used(usageOf(frame));
        // The client stops reading here. A moment for the server to end the body, so that its connection can serve again.
        await settled(lines.next(), 250);
        open = false;
      }
      yield `${line}\n`;
      if (!open) return;
    }
    open = false;
  } finally {
    if (open) await lines.return(undefined);
  }
  // Also after 30 equal tokens in a row (llm/llama_server.go Completion), which cannot be told from a cut connection.
  throw new AppError('interrupted', { ...factsOf(call), detail: 'The stream ended before the server was done.' });
}

function check(call: Call, text: string): Frame {
  const frame = Frame.safeParse(parseJson(text));
  if (!frame.success) throw new AppError('badResponse', { ...factsOf(call), detail: text.slice(0, 300) });
  const { error, remote_host: host, remote_model: model } = frame.data;
  // Only a request that was meant for the cloud may be answered from there; lists and details are about other models.
  if (call.model && call.model.zone !== 'cloud' && (host || model)) {
    throw call.line.breach(
      `${call.model.name} was answered by ${host ?? 'another server'} (${model ?? 'unknown model'}).`,
    );
  }
  if (error !== undefined && error !== null) throw ollamaErrorText(messageOf(error), factsOf(call));
  return frame.data;
}
