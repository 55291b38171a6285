import type { Server } from 'node:http';
import { type Peer, type Reply, startPeer } from './recorder.ts';

/**
 * A server that answers as OpenAI's API does: `/v1/models`, `/v1/chat/completions`, `/v1/completions`. Faithful to OpenAI's
 * openapi.json (github.com/openai/openai-openapi, 2026-08-21) and the page "Error codes" of its documentation (2026-11);
 * chunks compared with those of llama.cpp's server. `url` ends in `/v1`.
 */

export interface OpenAIPeerOptions {
  readonly models?: readonly string[];
  /** Sends the list as Together does. */
  readonly bareList?: boolean;
  readonly tokens?: readonly string[];
  /** Before the tokens, as `reasoning` (vLLM, LM Studio) or `reasoning_content` (DeepSeek). */
  readonly reasoning?: { readonly field: 'reasoning' | 'reasoning_content'; readonly tokens: readonly string[] };
  readonly tokenMs?: number;
  /** Requests without this key get 401. */
  readonly key?: string;
  /** Answers in one piece even when a stream was asked for. */
  readonly whole?: boolean;
  /** CRLF line ends, comments before each event, no blank after `data:`; all of it legal. */
  readonly odd?: boolean;
  readonly withoutDone?: boolean;
  readonly withoutFinish?: boolean;
  readonly finish?: string;
  /** Body parameters that it answers 400 to, as OpenAI's reasoning models do. */
  readonly unsupported?: readonly string[];
  /** One that speaks TLS, for example. */
  readonly server?: Server;
}

export async function startOpenAIPeer(options: OpenAIPeerOptions = {}): Promise<Peer> {
  const models = options.models ?? ['peer-model'];
  const error = (reply: Reply, status: number, fields: object) => reply.json(status, { error: fields });

  const answer = async (reply: Reply): Promise<void> => {
    const { method, path, headers, body } = reply.seen;
    if (options.key !== undefined && headers['authorization'] !== `Bearer ${options.key}`) {
      const message = 'Incorrect API key provided.';
      return error(reply, 401, { message, type: 'invalid_request_error', param: null, code: 'invalid_api_key' });
    }
    if (`${method} ${path}` === 'GET /v1/models') {
      const data = models.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'peer' }));
      return reply.json(200, options.bareList ? data : { object: 'list', data });
    }
    const chat = path === '/v1/chat/completions';
    if (method !== 'POST' || (!chat && path !== '/v1/completions') || !isRecord(body)) {
      const message = `Invalid URL (${method} ${path})`;
      return error(reply, 404, { message, type: 'invalid_request_error', param: null, code: null });
    }
    const param = options.unsupported?.find((name) => name in body);
    if (param !== undefined) {
      const message = `Unsupported parameter: '${param}' is not supported with this model.`;
      return error(reply, 400, { message, type: 'invalid_request_error', param, code: 'unsupported_parameter' });
    }
    const model = String(body['model']);
    if (!models.includes(model)) {
      const message = `The model \`${model}\` does not exist or you do not have access to it.`;
      return error(reply, 404, { message, type: 'invalid_request_error', param: null, code: 'model_not_found' });
    }
    const tokens = options.tokens ?? ['Hello', ' world'];
    const finish = options.finish ?? 'stop';
    const usage = { prompt_tokens: 7, completion_tokens: tokens.length, total_tokens: 7 + tokens.length };
    const object = chat ? 'chat.completion' : 'text_completion';
    const common = { id: 'cmpl-1', object: chat ? 'chat.completion.chunk' : object, created: 1_700_000_000, model };
    if (options.whole || body['stream'] !== true) {
      const text = tokens.join('');
      const said = chat ? { message: { role: 'assistant', content: text, refusal: null } } : { text };
      return reply.json(200, { ...common, object, choices: [{ index: 0, ...said, finish_reason: finish }], usage });
    }
    const choice = (said: object, finish_reason: string | null = null) => ({
      ...common,
      choices: [{ index: 0, ...said, finish_reason }],
    });
    const speak = (text: string) => (chat ? { delta: { content: text } } : { text });
    const { reasoning } = options;
    const chunks = [
      ...(chat ? [choice({ delta: { role: 'assistant', content: '' } })] : []),
      ...(reasoning?.tokens ?? []).map((text) => choice({ delta: { [reasoning?.field ?? 'reasoning']: text } })),
      ...tokens.map((text) => choice(speak(text))),
      ...(options.withoutFinish ? [] : [choice(chat ? { delta: {} } : { text: '' }, finish)]),
      ...('stream_options' in body ? [{ ...common, choices: [], usage }] : []),
    ];
    const data = [...chunks.map((chunk) => JSON.stringify(chunk)), ...(options.withoutDone ? [] : ['[DONE]'])];
    const events = data.map((text) => (options.odd ? `: keep-alive\r\n\r\ndata:${text}\r\n\r\n` : `data: ${text}\n\n`));
    return reply.stream('text/event-stream', events, options.tokenMs);
  };

  const peer = await startPeer(answer, options.server);
  return { ...peer, url: `${peer.url}/v1` };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
