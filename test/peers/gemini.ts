import { type Peer, type Reply, startPeer } from './recorder.ts';

/**
 * A server that answers as the Gemini API does: `/v1beta/models`, `/v1beta/models/NAME:streamGenerateContent?alt=sse`.
 * Faithful to the references "Generating content" and "Models" and the guide "Thinking" of ai.google.dev (2026-11); errors
 * as google.rpc.Status. Nothing marks the end of a stream but the reason in its last chunk. `url` ends in `/v1beta`.
 */

export interface GeminiPeerOptions {
  readonly tokens?: readonly string[];
  readonly thoughts?: readonly string[];
  readonly finish?: string;
  readonly tokenMs?: number;
  /** Requests without this key get 400 with the reason API_KEY_INVALID. */
  readonly key?: string;
  /** The prompt is blocked. */
  readonly blocked?: string;
}

const MODELS = [
  modelInfo('models/gemini-2.5-flash', 1_048_576, true),
  modelInfo('models/gemini-3.1-pro', 1_048_576, true),
  modelInfo('models/gemma-3-27b-it', 131_072),
  modelInfo('models/gemini-2.5-flash-image', 32_768),
  modelInfo('models/gemini-embedding-001', 2048, false, 'embedContent'),
];

export async function startGeminiPeer(options: GeminiPeerOptions = {}): Promise<Peer> {
  const answer = async (reply: Reply): Promise<void> => {
    const { method, path, headers, body } = reply.seen;
    const refuse = (code: number, status: string, message: string, details: readonly object[] = []) =>
      reply.json(code, { error: { code, message, status, details } });
    if (options.key !== undefined && headers['x-goog-api-key'] !== options.key) {
      const reason = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' };
      return refuse(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [reason]);
    }
    const { pathname, searchParams } = new URL(path, 'http://peer');
    if (`${method} ${pathname}` === 'GET /v1beta/models') {
      // Three a page, so that a reader has to go on.
      const from = Number(searchParams.get('pageToken') ?? 0);
      const models = MODELS.slice(from, from + 3);
      return reply.json(200, { models, ...(from + 3 < MODELS.length && { nextPageToken: String(from + 3) }) });
    }
    const name = /^\/v1beta\/(models\/[^:]+):streamGenerateContent$/u.exec(pathname)?.[1];
    if (method !== 'POST' || name === undefined || !isRecord(body)) return refuse(404, 'NOT_FOUND', 'Not Found');
    if (!MODELS.some((model) => model.name === name)) {
      return refuse(404, 'NOT_FOUND', `${name} is not found for API version v1beta, or is not supported.`);
    }
    const config = isRecord(body['generationConfig']) ? body['generationConfig'] : {};
    const { stopSequences: stops, thinkingConfig } = config;
    if (Array.isArray(stops) && stops.length > 5) {
      return refuse(400, 'INVALID_ARGUMENT', 'The number of stop sequences exceeds the maximum of 5.');
    }
    const problem = isRecord(thinkingConfig) ? thinkingProblem(name, thinkingConfig) : undefined;
    if (problem !== undefined) return refuse(400, 'INVALID_ARGUMENT', problem);
    // Without `alt=sse` it would be one array, in pieces.
    if (searchParams.get('alt') !== 'sse') return reply.json(200, []);
    const thinks = isRecord(thinkingConfig) && thinkingConfig['includeThoughts'] === true;
    return reply.stream('text/event-stream', streamOf(options, thinks), options.tokenMs);
  };
  const peer = await startPeer(answer);
  return { ...peer, url: `${peer.url}/v1beta` };
}

function modelInfo(name: string, inputTokenLimit: number, thinking = false, method = 'generateContent') {
  const supportedGenerationMethods = [method, 'countTokens'];
  return { name, version: '001', inputTokenLimit, outputTokenLimit: 65_536, supportedGenerationMethods, thinking };
}

function thinkingProblem(name: string, config: Readonly<Record<string, unknown>>): string | undefined {
  const older = name.includes('2.5');
  if (older && 'thinkingLevel' in config) return 'Thinking level is not supported for this model.';
  if (name.includes('2.5-pro') && config['thinkingBudget'] === 0)
    return 'Budget 0 is invalid. This model only works in thinking mode.';
  return undefined;
}

function* streamOf(options: GeminiPeerOptions, thinks: boolean): Generator<string> {
  const chunk = (more: object) => `data: ${JSON.stringify({ ...more, modelVersion: 'peer', responseId: 'r' })}\r\n\r\n`;
  const part = (text: string, more: object = {}) => ({
    content: { parts: [{ text, ...more }], role: 'model' },
    index: 0,
  });
  const usage = (candidatesTokenCount: number) => ({
    promptTokenCount: 9,
    cachedContentTokenCount: 4,
    candidatesTokenCount,
    totalTokenCount: 9 + candidatesTokenCount,
    ...(thinks && { thoughtsTokenCount: 3 }),
  });
  if (options.blocked !== undefined) {
    yield chunk({ promptFeedback: { blockReason: options.blocked }, usageMetadata: usage(0) });
    return;
  }
  if (thinks) {
    for (const text of options.thoughts ?? []) yield chunk({ candidates: [part(text, { thought: true })] });
  }
  const said = options.tokens ?? ['Hello', ' world'];
  for (const [index, text] of said.entries()) {
    const last = index === said.length - 1;
    const candidate = { ...part(text), ...(last && { finishReason: options.finish ?? 'STOP' }) };
    yield chunk({ candidates: [candidate], usageMetadata: usage(index + 1) });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
