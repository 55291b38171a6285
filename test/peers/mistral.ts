import { type Peer, type Reply, startPeer } from './recorder.ts';

/**
 * A server that answers as Mistral's API does: `/v1/models`, `/v1/fim/completions`, `/v1/chat/completions`. Faithful to
 * openapi.yaml of docs.mistral.ai (2026-08-21): closed schemas (422 for a field that is not known), chunks with `delta` for
 * holes too, the usage in the last chunk. `url` ends in `/v1`.
 */

export interface MistralPeerOptions {
  readonly tokens?: readonly string[] | ((prompt: string, suffix: string) => readonly string[]);
  readonly finish?: string;
  readonly tokenMs?: number;
  /** Requests without this key get 401. */
  readonly key?: string;
}

const CARDS = [
  card('codestral-2508', { completion_chat: true, completion_fim: true }, 256_000),
  card('magistral-medium-2509', { completion_chat: true, completion_fim: false, reasoning: true }, 128_000),
  card('mistral-embed', { completion_chat: false, completion_fim: false }, 8192),
];
const SAMPLING = ['temperature', 'top_p', 'max_tokens', 'min_tokens', 'stop', 'random_seed', 'stream', 'metadata'];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  '/v1/fim/completions': ['model', 'prompt', 'suffix', ...SAMPLING],
  '/v1/chat/completions': ['model', 'messages', 'tools', 'response_format', 'safe_prompt', ...SAMPLING],
};

export async function startMistralPeer(options: MistralPeerOptions = {}): Promise<Peer> {
  const answer = async (reply: Reply): Promise<void> => {
    const { method, path, headers, body } = reply.seen;
    if (options.key !== undefined && headers['authorization'] !== `Bearer ${options.key}`) {
      return reply.json(401, { message: 'Unauthorized', request_id: 'r' });
    }
    if (`${method} ${path}` === 'GET /v1/models') return reply.json(200, { object: 'list', data: CARDS });
    const fields = FIELDS[path];
    if (method !== 'POST' || !fields || !isRecord(body)) return reply.json(404, { message: 'no Route matched' });
    const unknown = Object.keys(body).filter((name) => !fields.includes(name));
    if (unknown.length > 0) {
      const detail = unknown.map((name) => ({
        type: 'extra_forbidden',
        loc: ['body', name],
        msg: 'Extra inputs are not permitted',
      }));
      return reply.json(422, { object: 'error', message: { detail }, type: 'invalid_request_error', code: null });
    }
    const known = CARDS.find(({ id }) => id === body['model']);
    const wanted = path === '/v1/fim/completions' ? 'completion_fim' : 'completion_chat';
    if (!known?.capabilities[wanted]) {
      const message = `Invalid model: ${String(body['model'])}`;
      return reply.json(400, { object: 'error', message, type: 'invalid_model', param: null, code: '1500' });
    }
    const { tokens = ['Hello', ' world'] } = options;
    const said = typeof tokens === 'function' ? tokens(textOf(body['prompt']), textOf(body['suffix'])) : tokens;
    const common = { id: 'c', object: 'chat.completion.chunk', created: 1_700_000_000, model: body['model'] };
    const chunk = (delta: object, finish_reason: string | null, more: object = {}) =>
      `data: ${JSON.stringify({ ...common, choices: [{ index: 0, delta, finish_reason }], ...more })}\n\n`;
    const usage = { prompt_tokens: 11, total_tokens: 11 + said.length, completion_tokens: said.length };
    return reply.stream(
      'text/event-stream; charset=utf-8',
      [
        chunk({ role: 'assistant', content: '' }, null),
        ...said.map((content) => chunk({ content }, null)),
        chunk({ content: '' }, options.finish ?? 'stop', { usage }),
        'data: [DONE]\n\n',
      ],
      options.tokenMs,
    );
  };
  const peer = await startPeer(answer);
  return { ...peer, url: `${peer.url}/v1` };
}

interface Abilities {
  readonly completion_chat: boolean;
  readonly completion_fim: boolean;
  readonly reasoning?: boolean;
}

function card(id: string, can: Abilities, max_context_length: number) {
  const capabilities = { function_calling: true, fine_tuning: false, vision: false, ...can };
  return { id, object: 'model', created: 1_700_000_000, owned_by: 'mistralai', capabilities, max_context_length };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
