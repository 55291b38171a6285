import { type Peer, type Reply, startPeer } from './recorder.ts';

/**
 * A server that answers as llama.cpp's does: `/v1/models`, `/props`, `/completion`, `/infill`, `/v1/chat/completions`.
 * Faithful to tools/server/README.md and server-task.cpp of build b10760 (2026-11), and compared with the answers of that
 * server, which test/providers/llamacpp.real.test.ts asks too.
 */

export interface LlamaCppPeerOptions {
  readonly tokens?: readonly string[];
  readonly slots?: number;
  readonly contextTokens?: number;
  readonly chatTemplate?: string;
  /** `eos`, `word` or `limit`. */
  readonly stopType?: string;
  readonly truncated?: boolean;
  readonly tokenMs?: number;
  /** Requests without this key get 401. */
  readonly key?: string;
  /** Whether the model has tokens for holes. */
  readonly infill?: boolean;
}

const NAME = '/models/Qwen2.5-Coder-1.5B-Q8_0.gguf';

export async function startLlamaCppPeer(options: LlamaCppPeerOptions = {}): Promise<Peer> {
  const { slots = 2, contextTokens: n_ctx = 4096, tokens = ['Hello', ' world'] } = options;
  const answer = async (reply: Reply): Promise<void> => {
    const { method, path, headers, body } = reply.seen;
    const refuse = (code: number, type: string, message: string, more: object = {}) =>
      reply.json(code, { error: { code, message, type, ...more } });
    if (options.key !== undefined && headers['authorization'] !== `Bearer ${options.key}`) {
      return refuse(401, 'authentication_error', 'Invalid API Key');
    }
    switch (`${method} ${path}`) {
      case 'GET /v1/models': {
        const meta = { n_ctx, n_ctx_train: 32_768, n_params: 1_543_714_304, size: 1_640_000_000, ftype: 'Q8_0' };
        const entry = { id: NAME, object: 'model', created: 1_700_000_000, owned_by: 'llamacpp', meta };
        return reply.json(200, { object: 'list', data: [entry] });
      }
      case 'GET /props':
        return reply.json(200, {
          default_generation_settings: { params: {}, n_ctx },
          total_slots: slots,
          model_path: NAME,
          modalities: { vision: false, audio: false },
          chat_template: options.chatTemplate ?? '{% for message in messages %}{% endfor %}',
          build_info: 'b10760-abcdef',
        });
      case 'POST /infill':
        if (options.infill !== true) {
          return refuse(501, 'not_supported_error', 'Infill is not supported by this model: prefix token is missing. ');
        }
        return reply.stream('text/event-stream', pieces(), options.tokenMs);
      case 'POST /completion': {
        const slot = isRecord(body) ? Number(body['id_slot'] ?? -1) : -1;
        if (slot >= slots) return refuse(400, 'invalid_request_error', 'Invalid slot ID');
        // One character a token will do for a limit.
        const size = isRecord(body) ? String(body['prompt']).length : 0;
        if (size > n_ctx) {
          const message = `request (${size} tokens) exceeds the available context size (${n_ctx} tokens), try increasing it`;
          return refuse(400, 'exceed_context_size_error', message, { n_prompt_tokens: size, n_ctx });
        }
        return reply.stream('text/event-stream', pieces(), options.tokenMs);
      }
      case 'POST /v1/chat/completions':
        return reply.stream('text/event-stream', chat(), options.tokenMs);
      default:
        return refuse(404, 'not_found_error', 'File Not Found');
    }
  };
  function* pieces(): Generator<string> {
    const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
    for (const [index, content] of tokens.entries()) {
      yield event({ index: 0, content, tokens: [index], stop: false, id_slot: -1, tokens_predicted: index + 1 });
    }
    const timings = { cache_n: 30, prompt_n: 3, prompt_ms: 12.5, predicted_n: tokens.length, predicted_ms: 40 };
    const { stopType: stop_type = 'eos', truncated = false } = options;
    yield event({ content: '', stop: true, stop_type, truncated, timings });
  }
  function* chat(): Generator<string> {
    const event = (value: unknown) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
    const common = { id: 'c', object: 'chat.completion.chunk', created: 1_700_000_000, model: NAME };
    for (const content of tokens)
      yield event({ ...common, choices: [{ index: 0, delta: { content }, finish_reason: null }] });
    yield event({ ...common, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    const usage = { prompt_tokens: 33, completion_tokens: tokens.length, prompt_tokens_details: { cached_tokens: 30 } };
    yield event({ ...common, choices: [], usage });
    yield event('[DONE]');
  }
  return startPeer(answer);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
