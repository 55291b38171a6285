import { type Peer, type Reply, startPeer } from './recorder.ts';

/**
 * A server that answers as DeepSeek's API does: `/models`, `/beta/completions`, `/chat/completions`. Faithful to
 * api-docs.deepseek.com: "Create FIM Completion (Beta)", "Create Chat Completion", "Lists Models", "Error Codes" (2026-11):
 * holes only under `/beta`, at most 4,096 tokens and 16 stops; the chat thinks unless it is told not to.
 */

export interface DeepSeekPeerOptions {
  readonly tokens?: readonly string[];
  readonly thoughts?: readonly string[];
  readonly finish?: string;
  readonly tokenMs?: number;
  /** Requests without this key get 401. */
  readonly key?: string;
}

const MODELS = ['deepseek-v4-flash', 'deepseek-v4-pro', 'deepseek-reasoner'];

export async function startDeepSeekPeer(options: DeepSeekPeerOptions = {}): Promise<Peer> {
  const answer = async (reply: Reply): Promise<void> => {
    const { method, path, headers, body } = reply.seen;
    const refuse = (status: number, message: string, type = 'invalid_request_error') =>
      reply.json(status, { error: { message, type, param: null, code: 'invalid_request_error' } });
    if (options.key !== undefined && headers['authorization'] !== `Bearer ${options.key}`) {
      return refuse(401, 'Authentication Fails, Your api key is invalid', 'authentication_error');
    }
    if (`${method} ${path}` === 'GET /models') {
      return reply.json(200, {
        object: 'list',
        data: MODELS.map((id) => ({ id, object: 'model', owned_by: 'deepseek' })),
      });
    }
    const hole = path === '/beta/completions';
    if (method !== 'POST' || (!hole && path !== '/chat/completions') || !isRecord(body))
      return refuse(404, 'Not Found');
    const { model, max_tokens: limit = 0, stop = [], thinking } = body;
    if (!MODELS.includes(String(model))) return refuse(400, 'Model Not Exist');
    if (hole && model === 'deepseek-reasoner') return refuse(400, 'This model does not support FIM.');
    if (hole && Number(limit) > 4096) return refuse(400, 'Invalid max_tokens value, the valid range is [1, 4096]');
    if (Array.isArray(stop) && stop.length > 16) return refuse(400, 'stop has too many sequences');
    const said = options.tokens ?? ['Hello', ' world'];
    const thinks = !hole && !(isRecord(thinking) && thinking['type'] === 'disabled');
    const common = {
      id: 'c',
      object: hole ? 'text_completion' : 'chat.completion.chunk',
      created: 1_700_000_000,
      model,
    };
    const chunk = (what: object, finish_reason: string | null) =>
      JSON.stringify({ ...common, choices: [{ index: 0, ...what, finish_reason }], usage: null });
    const usage = {
      prompt_tokens: 20,
      completion_tokens: said.length,
      total_tokens: 20 + said.length,
      prompt_cache_hit_tokens: 16,
      prompt_cache_miss_tokens: 4,
    };
    const speak = (text: string) => (hole ? { text, logprobs: null } : { delta: { content: text } });
    const chunks = [
      ...(thinks ? (options.thoughts ?? []) : []).map((text) =>
        chunk({ delta: { content: null, reasoning_content: text } }, null),
      ),
      ...said.map((text) => chunk(speak(text), null)),
      chunk(speak(''), options.finish ?? 'stop'),
      ...('stream_options' in body ? [JSON.stringify({ ...common, choices: [], usage })] : []),
      '[DONE]',
    ];
    // While a request waits for its turn, empty lines and comments keep the connection alive ("Rate Limit").
    const events = chunks.map((text, index) => `${index === 0 ? ': keep-alive\n\n' : ''}data: ${text}\n\n`);
    return reply.stream('text/event-stream; charset=utf-8', events, options.tokenMs);
  };
  return startPeer(answer);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
