import type { Model } from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import { isCloudName } from '../core/privacy/cloudName.ts';
import type { ChatRequest, CompleteRequest, Provider } from '../core/provider.ts';
import { type Ask, type Body, connect, createAsk } from './openaiAnswer.ts';
import { isOpenAI, ofOllama, reasons, toModel } from './openaiModels.ts';
import { ModelEntry, ModelsAnswer } from './openaiWire.ts';
import { type Call, factsOf } from './wire.ts';

/** Most stop sequences that OpenAI takes (openapi.json, `StopConfiguration`). Others take any number. */
const OPENAI_STOPS = 4;

/**
 * OpenAI's API: OpenAI itself, and every server that speaks it (vLLM, LM Studio, llama.cpp, gateways). `list` rejects with
 * the signal's reason when it aborts, and with `AppError` for everything else. Keys are attached in the door.
 */
export function createOpenAI(): Provider {
  const ask = createAsk();
  /** Addresses of Ollamas that take `model:local`. */
  const ollamas = new Set<string>();

  const stream: Ask = async function* (line, model, signal, path, body) {
    const { endpoint, zone, name } = model;
    if (zone !== 'cloud' && isCloudName(name)) {
      throw new AppError('refused', { ...factsOf({ endpoint, model }), rule: 'cloudName' });
    }
    const local = zone !== 'cloud' && ollamas.has(endpoint.url) && !/:local\s*$/iu.test(name);
    yield* ask(line, model, signal, path, local ? { ...body, model: `${name}:local` } : body);
  };

  return {
    protocol: 'openai',
    async list(line, endpoint, signal) {
      const call: Call = { line, endpoint, signal };
      signal.throwIfAborted();
      const { client, failure } = connect(call);
      try {
        const answer = ModelsAnswer.safeParse(await client.get('/models', { signal }));
        if (!answer.success)
          throw new AppError('badResponse', { endpoint, detail: 'The answer is no list of models.' });
        const entries = Array.isArray(answer.data) ? answer.data : answer.data.data;
        const sample =
          endpoint.zone === 'cloud' ? undefined : entries.find((entry) => ofOllama(entry) && !isCloudName(entry.id));
        const keptLocal = sample !== undefined && (await takesLocal(call, sample.id));
        if (keptLocal) ollamas.add(endpoint.url);
        else ollamas.delete(endpoint.url);
        return { models: entries.map((entry) => toModel(endpoint, entry, keptLocal)) };
      } catch (error) {
        throw failure(error);
      }
    },
    complete: (line, request, signal) => stream(line, request.model, signal, '/completions', completionBody(request)),
    chat: (line, request, signal) => stream(line, request.model, signal, '/chat/completions', chatBody(request)),
  };
}

/** Whether a server answers for a model under the name that keeps it local, as an Ollama since `internal/modelref` does. */
async function takesLocal(call: Call, name: string): Promise<boolean> {
  const { client, failure } = connect(call);
  const local = `${name}:local`;
  try {
    const answer = ModelEntry.safeParse(
      await client.get(`/models/${encodeURIComponent(local)}`, { signal: call.signal }),
    );
    return answer.success && answer.data.id === local;
  } catch (error) {
    const known = failure(error);
    if (known instanceof AppError && known.facts.status !== undefined) return false;
    throw known;
  }
}

function completionBody({ model, prompt, suffix, stops, maxTokens, temperature }: CompleteRequest): Body {
  return {
    model: model.name,
    prompt,
    ...(suffix !== undefined && { suffix }),
    // vLLM would stop after 16 tokens.
    max_tokens: maxTokens,
    temperature,
    stream: true,
    stream_options: { include_usage: true },
    ...stopping(model, stops),
  };
}

function chatBody({ model, messages, maxTokens, temperature, stops = [] }: ChatRequest): Body {
  const own = isOpenAI(model.endpoint);
  const reasoning = reasons(model.endpoint, model.name);
  return {
    model: model.name,
    messages: messages.map(({ role, text }) => ({
      role: role === 'system' && reasoning ? 'developer' : role,
      content: text,
    })),
    ...(maxTokens !== undefined && { [own ? 'max_completion_tokens' : 'max_tokens']: maxTokens }),
    ...(temperature !== undefined && !reasoning && { temperature }),
    ...(!reasoning && stopping(model, stops)),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function stopping(model: Model, stops: readonly string[]): { stop?: string[] } {
  const all = stops.filter((text) => text !== '');
  const stop = isOpenAI(model.endpoint) ? all.slice(0, OPENAI_STOPS) : all;
  return stop.length > 0 ? { stop } : {};
}
