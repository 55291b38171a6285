import { type Peer, type Reply, startPeer } from './recorder.ts';

/**
 * A server that answers as Ollama does, and can be made to misbehave. Faithful to `docs/api.md`, `api/types.go` and
 * `server/routes.go` of Ollama v0.34.0 (2026-11), its answers compared with those of a real server of that version; `old`
 * answers as v0.24 does: no capabilities and no context length in the list, no `model:local`, no `prompt_eval_cached_count`.
 */

export interface PeerModel {
  readonly name: string;
  readonly digest?: string;
  readonly sizeBytes?: number;
  readonly family?: string;
  readonly parameters?: string;
  readonly quantization?: string;
  readonly contextLength?: number;
  readonly capabilities?: readonly string[];
  /** For `/api/show`. */
  readonly template?: string;
  /** An alias of a model of the vendor's cloud. */
  readonly remote?: { readonly host: string; readonly model: string };
  /** Answers as another server would, though the metadata tells nothing: a lie, or an alias that is seconds old. */
  readonly answersFrom?: { readonly host: string; readonly model: string };
  /** Tokens of every answer, or what to make of a prompt. */
  readonly tokens?: readonly string[] | ((prompt: string) => readonly string[]);
  readonly thoughts?: readonly string[];
  /** Milliseconds before the first token and between tokens. */
  readonly prefillMs?: number;
  readonly tokenMs?: number;
}

export interface OllamaPeerOptions {
  readonly models?: readonly PeerModel[];
  readonly version?: string;
  readonly old?: boolean;
  /** What `/api/pull` streams; default: a good pull, after which the model is there. */
  readonly pull?: readonly object[];
  /** Something in front of it lets only `/v1` through, as an administrator may have it; it answers this to all else. */
  readonly onlyV1?: 403 | 404;
  /** Address to listen at. */
  readonly host?: `127.0.0.${number}`;
}

export interface OllamaPeer extends Peer {
  /** May be changed while it runs: pulled and removed elsewhere. */
  models: readonly PeerModel[];
  /** Names of the models in memory. */
  readonly loaded: ReadonlySet<string>;
  /** Names under which `/v1` passed a request on to the vendor's cloud. */
  readonly passedOn: readonly string[];
}

export async function startOllamaPeer(options: OllamaPeerOptions = {}): Promise<OllamaPeer> {
  const { old = false } = options;
  const version = options.version ?? (old ? '0.24.0' : '0.34.0');
  const loaded = new Set<string>();
  const passedOn: string[] = [];
  const state = { models: options.models ?? [] };

  const find = (asked: string): PeerModel | undefined => {
    const local = !old && /:local$/iu.test(asked);
    const name = (local ? asked.slice(0, -':local'.length) : asked).toLowerCase();
    const found = state.models.find((model) => [name, `${name}:latest`].includes(model.name.toLowerCase()));
    return local && found?.remote ? undefined : found;
  };

  const answer = async (reply: Reply): Promise<void> => {
    const { method, path } = reply.seen;
    if (path.startsWith('/v1/')) return answerV1(reply);
    if (options.onlyV1 !== undefined) return reply.text(options.onlyV1, '<html>nginx</html>', 'text/html');
    const body = isRecord(reply.seen.body) ? reply.seen.body : {};
    const asked = textOf(body['model']) || textOf(body['name']);
    const model = find(asked);
    const missing = () => reply.json(404, { error: `model '${asked}' not found` });
    switch (`${method} ${path}`) {
      case 'GET /':
        return reply.text(200, 'Ollama is running', 'text/plain; charset=utf-8');
      case 'GET /api/version':
        return reply.json(200, { version });
      case 'GET /api/status':
        return reply.json(200, { cloud: { disabled: false, source: 'none' } });
      case 'GET /api/tags':
        return reply.json(200, { models: state.models.map((one) => tag(one, old)) });
      case 'GET /api/ps':
        return reply.json(200, { models: state.models.filter(({ name }) => loaded.has(name)).map(running) });
      case 'POST /api/show':
        return model ? reply.json(200, shown(model)) : missing();
      case 'DELETE /api/delete':
        if (!model) return missing();
        state.models = state.models.filter((one) => one !== model);
        loaded.delete(model.name);
        return reply.text(200, '');
      case 'POST /api/pull':
        return reply.stream('application/x-ndjson', pulled(asked), 2);
      case 'POST /api/generate':
      case 'POST /api/chat':
        return model ? generate(reply, model, asked, body) : missing();
      default:
        // gin's answer to a route that it does not know
        return reply.text(404, '404 page not found', 'text/plain');
    }
  };

  /** OpenAI's API: `openai/openai.go` and `middleware/openai.go`. It tells nothing of where an answer comes from. */
  const answerV1 = async (reply: Reply): Promise<void> => {
    const { method, path } = reply.seen;
    const body = isRecord(reply.seen.body) ? reply.seen.body : {};
    const missing = (name: string) => {
      const message = `model '${name.includes(':') ? name : `${name}:latest`}' not found`;
      reply.json(404, { error: { message, type: 'not_found_error', param: null, code: null } });
    };
    if (method === 'GET' && path === '/v1/models') {
      const data = state.models.map(({ name }) => ({
        id: name,
        object: 'model',
        created: 1_700_000_000,
        owned_by: name.includes('/') ? name.slice(0, name.indexOf('/')) : 'library',
      }));
      return reply.json(200, { object: 'list', data });
    }
    const [, encoded = ''] = /^\/v1\/models\/([^/]+)$/u.exec(path) ?? [];
    const name = decodeURIComponent(encoded);
    // gin decodes before it looks for the route, and a slash in a name then is none of its routes (0.34).
    if (method === 'GET' && name !== '' && !name.includes('/')) {
      if (!find(name)) return missing(name.replace(/:local$/u, ''));
      return reply.json(200, { id: name, object: 'model', created: 1_700_000_000, owned_by: 'library' });
    }
    if (method !== 'POST' || path !== '/v1/chat/completions')
      return reply.text(404, '404 page not found', 'text/plain');
    const asked = textOf(body['model']);
    const model = find(asked);
    if (!model) return missing(asked);
    if (model.remote) passedOn.push(asked);
    const tokens = typeof model.tokens === 'function' ? model.tokens('') : (model.tokens ?? ['Hello', ' world']);
    const chunk = (delta: object, finish_reason: string | null) => {
      const choices = [{ index: 0, delta, finish_reason }];
      const common = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: asked };
      return `data: ${JSON.stringify({ ...common, system_fingerprint: 'fp_ollama', choices })}\n\n`;
    };
    const chunks = tokens.map((content) => chunk({ role: 'assistant', content }, null));
    return reply.stream('text/event-stream', [...chunks, chunk({}, 'stop'), 'data: [DONE]\n\n'], model.tokenMs);
  };

  function* pulled(name: string): Generator<string> {
    const digest = `sha256:${'1f'.repeat(32)}`;
    const good = [
      { status: 'pulling manifest' },
      { status: 'pulling 1f1f1f1f1f1f', digest, total: 1000 },
      { status: 'pulling 1f1f1f1f1f1f', digest, total: 1000, completed: 500 },
      { status: 'pulling 1f1f1f1f1f1f', digest, total: 1000, completed: 1000 },
      { status: 'verifying sha256 digest' },
      { status: 'writing manifest' },
      { status: 'success' },
    ];
    for (const line of options.pull ?? good) yield `${JSON.stringify(line)}\n`;
    if (!options.pull) state.models = [...state.models, { name: name.includes(':') ? name : `${name}:latest` }];
  }

  const generate = async (reply: Reply, model: PeerModel, asked: string, body: Record<string, unknown>) => {
    const chat = reply.seen.path === '/api/chat';
    const common = { model: asked, created_at: new Date().toISOString() };
    const prompt = textOf(body['prompt']);
    if (!chat && prompt === '') {
      const unload = body['keep_alive'] === 0;
      if (unload) loaded.delete(model.name);
      else loaded.add(model.name);
      return reply.json(200, { ...common, response: '', done: true, done_reason: unload ? 'unload' : 'load' });
    }
    if (body['think'] === true && !model.capabilities?.includes('thinking')) {
      return reply.json(400, { error: `"${asked}" does not support thinking` });
    }
    const limit = model.contextLength ?? 4096;
    const size = Math.ceil((prompt.length || JSON.stringify(body['messages'] ?? '').length) / 4);
    if (body['truncate'] === false && size > limit) return reply.json(400, { error: tooLong(size, limit) });
    loaded.add(model.name);
    if (model.prefillMs) await reply.wait(model.prefillMs);
    const remote = model.answersFrom ?? model.remote;
    const from = remote ? { remote_model: remote.model, remote_host: remote.host } : {};
    const options = isRecord(body['options']) ? body['options'] : {};
    const most = typeof options['num_predict'] === 'number' ? options['num_predict'] : Number.POSITIVE_INFINITY;
    const tokens = typeof model.tokens === 'function' ? model.tokens(prompt) : (model.tokens ?? ['Hello', ' world']);
    const spoken = tokens.slice(0, most);
    const thoughts = body['think'] === false ? [] : (model.thoughts ?? []);
    const frame = (text: string, thinking?: string): Record<string, unknown> => {
      const thought = thinking !== undefined && { thinking };
      const said = chat
        ? { message: { role: 'assistant', content: text, ...thought } }
        : { response: text, ...thought };
      return { ...common, ...from, ...said, done: false };
    };
    const end = {
      done: true,
      done_reason: spoken.length < tokens.length ? 'length' : 'stop',
      total_duration: 9_000_000,
      load_duration: 1_000_000,
      prompt_eval_count: size,
      ...(!old && { prompt_eval_cached_count: 1 }),
      prompt_eval_duration: 3_000_000,
      eval_count: spoken.length,
      eval_duration: 5_000_000,
    };
    const frames = [
      ...thoughts.map((text) => frame('', text)),
      ...spoken.map((text) => frame(text)),
      { ...frame(''), ...end },
    ];
    const lines = frames.map((one) => `${JSON.stringify(one)}\n`);
    return reply.stream('application/x-ndjson', lines, model.tokenMs);
  };

  const peer = await startPeer(answer, undefined, options.host);
  return {
    ...peer,
    loaded,
    passedOn,
    get models() {
      return state.models;
    },
    set models(models) {
      state.models = models;
    },
  };
}

/** As llama.cpp's server says it; Ollama puts it into `error` as text. */
function tooLong(prompt: number, limit: number): string {
  const message = `request (${prompt} tokens) exceeds the available context size (${limit} tokens), try increasing it`;
  const error = { code: 400, message, type: 'exceed_context_size_error', n_prompt_tokens: prompt, n_ctx: limit };
  return JSON.stringify({ error });
}

function tag(model: PeerModel, old: boolean): object {
  return {
    name: model.name,
    model: model.name,
    ...(model.remote && { remote_model: model.remote.model, remote_host: model.remote.host }),
    modified_at: '2026-11-01T12:00:00.000000000Z',
    size: model.sizeBytes ?? 98_362_745,
    digest: digestOf(model),
    details: {
      ...detailsOf(model),
      ...(!old && { context_length: model.contextLength ?? 8192, embedding_length: 576 }),
    },
    ...(!old && { capabilities: model.capabilities ?? ['completion'] }),
  };
}

function running(model: PeerModel): object {
  return {
    name: model.name,
    model: model.name,
    size: 209_505_483,
    digest: digestOf(model),
    details: detailsOf(model),
    expires_at: '2026-11-01T12:05:00.000000000Z',
    size_vram: 0,
    context_length: model.contextLength ?? 4096,
  };
}

function shown(model: PeerModel): object {
  return {
    modelfile: '# Modelfile generated by "ollama show"',
    template: model.template ?? '{{ .Prompt }}',
    details: detailsOf(model),
    ...(model.remote && { remote_model: model.remote.model, remote_host: model.remote.host }),
    model_info: {
      'general.architecture': model.family ?? 'llama',
      [`${model.family ?? 'llama'}.context_length`]: model.contextLength ?? 8192,
    },
    capabilities: model.capabilities ?? ['completion'],
    modified_at: '2026-11-01T12:00:00.000000000Z',
  };
}

function detailsOf(model: PeerModel): object {
  return {
    parent_model: '',
    format: 'gguf',
    family: model.family ?? 'llama',
    families: [model.family ?? 'llama'],
    parameter_size: model.parameters ?? '134.52M',
    quantization_level: model.quantization ?? 'Q4_1',
  };
}

function digestOf({ name, digest }: PeerModel): string {
  return digest ?? Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
