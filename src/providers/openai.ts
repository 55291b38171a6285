import type { Model } from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import type { ChatRequest, CompleteRequest, Provider } from '../core/provider.ts';
import { createOllamaWatch } from './ollamaWatch.ts';
import { type Body, connect, createAsk } from './openaiAnswer.ts';
import { isOpenAI, ofOllama, reasons, toModel } from './openaiModels.ts';
import { ModelsAnswer } from './openaiWire.ts';
import type { Call } from './wire.ts';

/** Most stop sequences that OpenAI takes (openapi.json, `StopConfiguration`). Others take any number. */
const OPENAI_STOPS = 4;

/**
 * OpenAI's API: OpenAI itself, and every server that speaks it (vLLM, LM Studio, llama.cpp, gateways). `list` rejects with
 * the signal's reason when it aborts, and with `AppError` for everything else. Keys are attached in the door.
 */
export function createOpenAI(): Provider {
  const watch = createOllamaWatch();
  const stream = createAsk(watch.check);

  return watch.guard({
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
        if (entries.some(ofOllama)) watch.suspect(endpoint);
        return { models: entries.map((entry) => toModel(endpoint, entry)) };
      } catch (error) {
        throw failure(error);
      }
    },
    complete: (line, request, signal) => stream(line, request.model, signal, '/completions', completionBody(request)),
    chat: (line, request, signal) => stream(line, request.model, signal, '/chat/completions', chatBody(request)),
  });
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
