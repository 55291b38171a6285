import { Counts, Entries, type Entry, Failure, Frame, type BuiltinPath } from '../core/builtinWire.ts';
import { createThinkingSplitter } from '../core/chat/thinking.ts';
import { type Endpoint, type Model, modelId } from '../core/model.ts';
import { AppError, type ErrorKind } from '../core/outcome.ts';
import type { Line, ModelKeeper, Piece, Provider } from '../core/provider.ts';
import { type Call, cancelled, factsOf, linesOf, parseJson, send, textOf, underSignal, wireError } from './wire.ts';

/** The built-in engine, by the protocol of `core/builtinWire.ts`. Rejects with `AppError`, or the signal's reason. */
export function createBuiltin(): Provider {
  const stream = (
    line: Line,
    model: Model,
    outer: AbortSignal,
    path: BuiltinPath,
    body: object,
  ): AsyncGenerator<Piece> =>
    underSignal(outer, async function* (signal) {
      const call: Call = { line, endpoint: model.endpoint, model, signal };
      const splitter = createThinkingSplitter();
      try {
        for await (const frame of framesOf(call, path, body)) {
          if (frame.text)
            yield* path === '/chat' ? splitter.push(frame.text) : [{ kind: 'text', text: frame.text } as const];
          if (frame.done === undefined) continue;
          yield* splitter.end();
          const usage = usageOf(frame.usage);
          line.used(usage);
          yield { kind: 'end', reason: frame.done, usage };
          return;
        }
        throw new AppError('interrupted', factsOf(call));
      } catch (error) {
        if (!cancelled(signal)) yield* splitter.end();
        throw failed(call, error);
      }
    });
  const plainly = async (line: Line, model: Model, signal: AbortSignal, path: BuiltinPath) => {
    const call: Call = { line, endpoint: model.endpoint, model, signal };
    const frames: Frame[] = [];
    try {
      for await (const frame of framesOf(call, path, { model: model.name })) frames.push(frame);
    } catch (error) {
      throw failed(call, error);
    }
    return frames;
  };
  const keeper: ModelKeeper = {
    load: async (line, model, signal) => void (await plainly(line, model, signal, '/load')),
    unload: async (line, model, signal) => void (await plainly(line, model, signal, '/unload')),
    remove: async (line, model, signal) => void (await plainly(line, model, signal, '/remove')),
    // oxlint-disable-next-line require-yield -- there is no library to pull from
    async *pull(_, endpoint) {
      await Promise.resolve();
      throw new AppError('unsupported', { endpoint, detail: 'models are files that you put into its folder' });
    },
  };
  return {
    protocol: 'builtin',
    keeper,
    async list(line, endpoint, signal) {
      const call: Call = { line, endpoint, signal };
      signal.throwIfAborted();
      try {
        const answer = await send(call, `${endpoint.url}/models`, { method: 'GET' });
        const parsed = Entries.safeParse(parseJson(await textOf(call, answer)));
        if (!parsed.success)
          throw new AppError('badResponse', { endpoint, detail: 'The answer is no list of models.' });
        const { version, models } = parsed.data;
        return { version, models: models.map((entry) => toModel(endpoint, entry)) };
      } catch (error) {
        throw failed(call, error);
      }
    },
    complete: (line, { model, prompt, stops, maxTokens, temperature }, signal) =>
      stream(line, model, signal, '/complete', { model: model.name, prompt, stops, maxTokens, temperature }),
    chat: (line, { model, messages, maxTokens, temperature, think, stops = [] }, signal) =>
      stream(line, model, signal, '/chat', {
        model: model.name,
        messages: messages.map(({ role, text }) => ({ role, text })),
        stops,
        think: think && model.abilities.thinking,
        ...(maxTokens !== undefined && { maxTokens }),
        ...(temperature !== undefined && { temperature }),
      }),
    async measure(line, model, signal) {
      const frames = await plainly(line, model, signal, '/measure');
      const measured = frames.find((frame) => frame.measured)?.measured;
      if (!measured) throw new AppError('interrupted', factsOf({ endpoint: model.endpoint, model }));
      return measured;
    },
  };
}

async function* framesOf(call: Call, path: BuiltinPath, body: object): AsyncGenerator<Frame> {
  const init = { method: 'POST', body: JSON.stringify(body) };
  const answer = await send(call, `${call.endpoint.url}${path}`, init);
  if (answer.status !== 200) throw errorOf(call, parseJson(await textOf(call, answer)));
  for await (const line of linesOf(call, answer)) {
    const frame = Frame.safeParse(parseJson(line));
    if (!frame.success) throw new AppError('badResponse', { ...factsOf(call), detail: 'A frame was not understood.' });
    if (frame.data.error) throw errorOf(call, frame.data.error);
    yield frame.data;
  }
}

const KINDS: Readonly<Record<Failure['kind'], ErrorKind>> = {
  missing: 'modelMissing',
  foreign: 'refused',
  damaged: 'serverError',
  unknownArchitecture: 'unsupported',
  noMemory: 'outOfMemory',
  tooLong: 'contextTooLong',
  died: 'interrupted',
  notInstalled: 'misconfigured',
  failed: 'serverError',
};

function errorOf(call: Call, value: unknown): AppError {
  const parsed = Failure.safeParse(value);
  if (!parsed.success) return new AppError('badResponse', factsOf(call));
  const { kind, detail, tokens } = parsed.data;
  return new AppError(KINDS[kind], {
    ...factsOf(call),
    detail: wordsFor(kind, detail),
    ...(tokens && { tokens }),
  });
}

/** As the end of a sentence. */
function wordsFor(kind: Failure['kind'], detail = ''): string {
  if (kind === 'damaged') return `its file is damaged${detail === '' ? '' : ` (${detail})`}`;
  if (kind === 'unknownArchitecture') return `its architecture “${detail}” is not known to this version of the engine`;
  if (kind === 'foreign')
    return 'Only files in Switchyard’s own folder are removed: this one belongs to another program.';
  if (kind === 'notInstalled') return 'the engine is not installed';
  return detail;
}

function failed({ signal, ...call }: Call, error: unknown): unknown {
  return cancelled(signal) ? error : wireError(error, factsOf(call), 'interrupted');
}

function usageOf(counts: Frame['usage']) {
  return Object.fromEntries(Object.entries(Counts.parse(counts ?? {})).filter(([, value]) => value !== undefined));
}

function unusable(problem: string, unreadable = false): string {
  return `Its file ${unreadable ? 'cannot be read' : 'is damaged'}: ${problem.replace(/\.$/u, '')}.`;
}

function toModel(endpoint: Endpoint, entry: Entry): Model {
  const { name, digest, sizeBytes, family, parameters, quantization, contextLength, loaded } = entry;
  return {
    id: modelId(endpoint, name),
    name,
    endpoint,
    zone: endpoint.zone,
    abilities: {
      insert: entry.fillsIn ? true : entry.problem === undefined ? 'unknown' : false,
      chat: entry.chats,
      tools: false,
      vision: false,
      thinking: entry.thinks,
    },
    digest,
    sizeBytes,
    removable: entry.own,
    ...(entry.problem !== undefined && { unusable: unusable(entry.problem, entry.unreadable) }),
    ...(family !== undefined && { family }),
    ...(parameters !== undefined && { parameters }),
    ...(quantization !== undefined && { quantization }),
    ...(contextLength !== undefined && { contextLength }),
    ...(loaded && {
      loaded: {
        ...(loaded.contextLength > 0 && { contextLength: loaded.contextLength }),
        sizeBytes: loaded.sizeBytes,
        gpuBytes: loaded.gpuBytes,
        threads: loaded.threads,
        ...(loaded.gpu !== undefined && { gpu: loaded.gpu }),
      },
    }),
  };
}
