import type { Model } from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import { type Stretch, createThinkingSplitter } from '../core/chat/thinking.ts';
import type { Line, ModelKeeper, Piece, Provider, PullProgress } from '../core/provider.ts';
import { ollamaClient } from './ollamaClient.ts';
import { createLocalForm } from './ollamaLocal.ts';
import { type Details, listModels } from './ollamaModels.ts';
import { Frame, usageOf } from './ollamaWire.ts';
import { type Call, cancelled, factsOf, underSignal, wireError } from './wire.ts';

export interface OllamaOptions {
  /** How long a model stays in memory after a request: a number of seconds, or a duration with a unit such as `30m`;
   * negative is for ever. `undefined`: the server's own setting. */
  readonly keepAlive?: () => string | undefined;
}

/** A call about one model. */
type ModelCall = Call & { readonly model: Model };

/**
 * Ollama's own protocol. `list` and the keeper's functions reject with the signal's reason when it aborts, and with
 * `AppError` for everything else. Nothing that would make the server load a model again (`num_ctx`, `num_batch`, `shift`)
 * is sent: completion and chat share one copy in memory.
 */
export function createOllama({ keepAlive }: OllamaOptions = {}): Provider {
  const details: Details = new Map();
  const localForm = createLocalForm();

  const memory = () => {
    const said = keepAlive?.();
    // A number in quotes is refused (`time: missing unit in duration`).
    return said === undefined ? {} : { keep_alive: Number.isNaN(Number(said)) ? said : Number(said) };
  };

  /** The stream of one generation, piece by piece. */
  const generate = (
    line: Line,
    model: Model,
    outer: AbortSignal,
    open: (call: ModelCall, name: string) => Promise<AsyncIterable<object>>,
  ): AsyncGenerator<Piece> =>
    underSignal(outer, async function* (signal) {
      const call: ModelCall = { line, endpoint: model.endpoint, model, signal };
      const splitter = createThinkingSplitter();
      try {
        for await (const raw of await open(call, await localForm.nameFor(call))) {
          const frame = Frame.parse(raw);
          const thinking = frame.thinking ?? frame.message?.thinking;
          if (thinking) yield { kind: 'thinking', text: thinking };
          const text = frame.response ?? frame.message?.content;
          // Raw prompts have no thoughts: what looks like a tag is code.
          if (text) yield* frame.message ? splitter.push(text) : [{ kind: 'text', text } satisfies Stretch];
          if (frame.done !== true) continue;
          yield* splitter.end();
          yield { kind: 'end', reason: frame.done_reason === 'length' ? 'length' : 'stop', usage: usageOf(frame) };
          return;
        }
        throw new AppError('interrupted', factsOf(call));
      } catch (error) {
        if (!cancelled(signal)) yield* splitter.end();
        throw failure(call, error);
      }
    });

  /** What a failure becomes, and what is learned from it. */
  const failure = (call: Call, error: unknown): unknown => {
    if (cancelled(call.signal)) return error;
    const known = wireError(error, factsOf(call), 'interrupted');
    if (known.kind === 'modelMissing') localForm.forget(call.endpoint.url);
    return known;
  };
  const guarded = async <T>(call: Call, run: () => Promise<T>): Promise<T> => {
    try {
      call.signal.throwIfAborted();
      return await run();
    } catch (error) {
      throw failure(call, error);
    }
  };
  const modelCall = (line: Line, model: Model, signal: AbortSignal): ModelCall => ({
    line,
    endpoint: model.endpoint,
    model,
    signal,
  });

  const keeper: ModelKeeper = {
    load: (line, model, signal) => {
      const call = modelCall(line, model, signal);
      return guarded(call, async () => {
        // A model that is reached through this server is never in its memory.
        if (model.zone !== model.endpoint.zone) return;
        const name = await localForm.nameFor(call);
        await ollamaClient(call).generate({ model: name, prompt: '', stream: false, ...memory() });
      });
    },
    unload: (line, model, signal) => {
      const call = modelCall(line, model, signal);
      return guarded(call, async () => {
        if (model.zone !== model.endpoint.zone) return;
        const name = await localForm.nameFor(call);
        await ollamaClient(call).generate({ model: name, prompt: '', stream: false, keep_alive: 0 });
      });
    },
    async *pull(line, endpoint, name, outer): AsyncGenerator<PullProgress> {
      outer.throwIfAborted();
      const own = new AbortController();
      const call: Call = { line, endpoint, signal: AbortSignal.any([outer, own.signal]) };
      try {
        for await (const raw of await ollamaClient(call).pull({ model: name, stream: true })) {
          yield progressOf(Frame.parse(raw));
        }
      } catch (error) {
        const known = failure(call, error);
        throw known instanceof AppError ? new AppError(known.kind, { ...known.facts, model: name }) : known;
      } finally {
        own.abort();
      }
    },
    remove: (line, model, signal) => {
      // Deleting is about the server's own files, for cloud models too.
      const call = modelCall(line, model, signal);
      return guarded(call, async () => {
        await ollamaClient(call).delete({ model: model.name });
      });
    },
  };

  return {
    protocol: 'ollama',
    keeper,
    list: (line, endpoint, signal) => {
      const call: Call = { line, endpoint, signal };
      return guarded(call, async () => {
        const listing = await listModels(ollamaClient(call), endpoint, details);
        localForm.sawVersion(endpoint.url, listing.version);
        return listing;
      });
    },
    complete: (line, { model, prompt, suffix, stops, maxTokens, temperature }, signal) =>
      generate(line, model, signal, (call, name) => {
        const body = {
          model: name,
          prompt,
          // With a suffix, the server's own template makes the prompt.
          ...(suffix === undefined ? { raw: true } : { suffix }),
          stream: true as const,
          // An error instead of a prompt that was cut in silence.
          truncate: false,
          options: { num_predict: maxTokens, temperature, ...stopping(stops) },
          ...quiet(model),
          ...memory(),
        };
        return ollamaClient(call).generate(body);
      }),
    chat: (line, { model, messages, maxTokens, temperature, think, stops = [] }, signal) =>
      generate(line, model, signal, (call, name) => {
        const body = {
          model: name,
          messages: messages.map(({ role, text }) => ({ role, content: text })),
          stream: true as const,
          truncate: false,
          options: {
            ...(maxTokens !== undefined && { num_predict: maxTokens }),
            ...(temperature !== undefined && { temperature }),
            ...stopping(stops),
          },
          // Asking a model that cannot is an error (400), and saying nothing to one that can means yes.
          ...(model.abilities.thinking && { think }),
          ...memory(),
        };
        return ollamaClient(call).chat(body);
      }),
  };
}

function stopping(stops: readonly string[]): { stop?: string[] } {
  const stop = stops.filter((text) => text !== '');
  return stop.length > 0 ? { stop } : {};
}

/** Unset means true for thinking models, in raw completions too (server/routes.go GenerateHandler, v0.34.0). */
function quiet(model: Model): { think?: false } {
  return model.abilities.thinking ? { think: false } : {};
}

function progressOf({ status = '', completed, total }: Frame): PullProgress {
  return {
    status,
    ...(completed !== undefined && { completedBytes: completed }),
    ...(total !== undefined && { totalBytes: total }),
  };
}
