import { type Peer, type Reply, startPeer } from './recorder.ts';

/**
 * A server that answers as Anthropic's API does: `/v1/models`, `/v1/messages`. Faithful to the pages "Messages", "Streaming
 * messages", "List models", "Errors" and "Extended thinking" of platform.claude.com/docs and to the types of
 * anthropics/anthropic-sdk-typescript (2026-11): the version in a header and `max_tokens` are needed, empty texts are
 * refused; models from 4.6 on take no beginning of the answer, models from 4.7 on no temperature and no budget of thoughts.
 * `url` ends in `/v1`.
 */

export interface AnthropicPeerOptions {
  readonly tokens?: readonly string[];
  readonly thoughts?: readonly string[];
  readonly stopReason?: string;
  readonly tokenMs?: number;
  /** Requests without this key get 401. */
  readonly key?: string;
  /** Tells nothing of what models can do, as gateways. */
  readonly withoutCapabilities?: boolean;
}

/** From the newest to the oldest. */
const MODELS = [
  { id: 'claude-opus-4-7', adaptive: true, enabled: false, prefill: false },
  { id: 'claude-sonnet-4-6', adaptive: true, enabled: true, prefill: false },
  { id: 'claude-haiku-4-5', adaptive: false, enabled: true, prefill: true },
  { id: 'claude-3-haiku', adaptive: false, enabled: false, prefill: true },
];

export async function startAnthropicPeer(options: AnthropicPeerOptions = {}): Promise<Peer> {
  const answer = async (reply: Reply): Promise<void> => {
    const { method, path, headers, body } = reply.seen;
    const refuse = (status: number, type: string, message: string) =>
      reply.json(status, { type: 'error', error: { type, message }, request_id: 'req_1' });
    const bad = (message: string) => refuse(400, 'invalid_request_error', message);
    if (options.key !== undefined && headers['x-api-key'] !== options.key) {
      return refuse(401, 'authentication_error', 'invalid x-api-key');
    }
    if (headers['anthropic-version'] !== '2023-06-01') return bad('anthropic-version: header is required');
    const { pathname, searchParams } = new URL(path, 'http://peer');
    if (`${method} ${pathname}` === 'GET /v1/models') {
      // Two a page, so that a reader has to go on.
      const after = searchParams.get('after_id');
      const from = after === null ? 0 : MODELS.findIndex(({ id }) => id === after) + 1;
      const shown = MODELS.slice(from, from + 2);
      return reply.json(200, {
        data: shown.map((model) => listed(model, options.withoutCapabilities === true)),
        first_id: shown[0]?.id ?? null,
        last_id: shown.at(-1)?.id ?? null,
        has_more: from + 2 < MODELS.length,
      });
    }
    if (`${method} ${pathname}` !== 'POST /v1/messages' || !isRecord(body)) {
      return refuse(404, 'not_found_error', 'Not Found');
    }
    const model = MODELS.find(({ id }) => id === body['model']);
    if (!model) return refuse(404, 'not_found_error', `model: ${String(body['model'])}`);
    const problem = problemOf(body, model);
    if (problem !== undefined) return bad(problem);
    const events = streamOf(body, options);
    return reply.stream('text/event-stream; charset=utf-8', events, options.tokenMs);
  };
  const peer = await startPeer(answer);
  return { ...peer, url: `${peer.url}/v1` };
}

type Known = (typeof MODELS)[number];
type Body = Readonly<Record<string, unknown>>;

function listed({ id, adaptive, enabled }: Known, without: boolean) {
  const able = (supported: boolean) => ({ supported });
  const thinking = { supported: adaptive || enabled, types: { adaptive: able(adaptive), enabled: able(enabled) } };
  return {
    id,
    type: 'model',
    display_name: id,
    created_at: '2026-01-01T00:00:00Z',
    max_input_tokens: 200_000,
    max_tokens: 64_000,
    capabilities: without ? null : { image_input: able(true), thinking },
  };
}

function problemOf(body: Body, model: Known): string | undefined {
  const { max_tokens: limit, messages, temperature, thinking, stop_sequences: stops } = body;
  if (typeof limit !== 'number') return 'max_tokens: Field required';
  if (!Array.isArray(messages) || messages.length === 0) return 'messages: at least one message is required';
  const all = messages.filter(isRecord);
  if (all.some(({ role }) => role !== 'user' && role !== 'assistant')) return 'messages: Unexpected role "system"';
  if (all.some(({ content }) => content === '')) return 'messages: text content blocks must be non-empty';
  if (all[0]?.['role'] !== 'user') return 'messages: first message must use the "user" role';
  if (!model.prefill && all.at(-1)?.['role'] === 'assistant') {
    return 'This model does not support assistant message prefill. The conversation must end with a user message.';
  }
  if (Array.isArray(stops) && stops.some((stop) => String(stop).trim() === '')) {
    return 'stop_sequences: each stop sequence must contain non-whitespace';
  }
  const type = isRecord(thinking) ? thinking['type'] : undefined;
  if (type === 'enabled' && !model.enabled) return '"thinking.type.enabled" is not supported for this model.';
  if (type === 'adaptive' && !model.adaptive) return '"thinking.type.adaptive" is not supported for this model.';
  if (type === 'enabled' && isRecord(thinking) && Number(thinking['budget_tokens']) >= limit) {
    return '`max_tokens` must be greater than `thinking.budget_tokens`.';
  }
  if (temperature === undefined) return undefined;
  if (model.adaptive && !model.enabled) return '`temperature` is deprecated for this model.';
  return type === 'enabled' && temperature !== 1
    ? '`temperature` may only be set to 1 when thinking is enabled.'
    : undefined;
}

function* streamOf(body: Body, options: AnthropicPeerOptions): Generator<string> {
  const event = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const said = options.tokens ?? ['Hello', ' world'];
  const { thinking } = body;
  const thinks = isRecord(thinking) && thinking['type'] !== 'disabled' && options.thoughts !== undefined;
  const usage = { input_tokens: 5, cache_creation_input_tokens: 0, cache_read_input_tokens: 20, output_tokens: 1 };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [], stop_reason: null, usage };
  yield event('message_start', { message });
  yield event('ping', {});
  let index = 0;
  if (thinks) {
    yield event('content_block_start', { index, content_block: { type: 'thinking', thinking: '' } });
    for (const text of options.thoughts ?? []) {
      yield event('content_block_delta', { index, delta: { type: 'thinking_delta', thinking: text } });
    }
    yield event('content_block_delta', { index, delta: { type: 'signature_delta', signature: 'Eq==' } });
    yield event('content_block_stop', { index });
    index += 1;
  }
  yield event('content_block_start', { index, content_block: { type: 'text', text: '' } });
  for (const text of said) yield event('content_block_delta', { index, delta: { type: 'text_delta', text } });
  yield event('content_block_stop', { index });
  const delta = { stop_reason: options.stopReason ?? 'end_turn', stop_sequence: null };
  yield event('message_delta', { delta, usage: { output_tokens: said.length + 1 } });
  yield event('message_stop', {});
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
