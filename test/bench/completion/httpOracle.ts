import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { z } from 'zod';
import { realClock } from '../../providers/realRoad.ts';
import { createMachine } from './machine.ts';
import { holeIn } from './markers.ts';
import { type OracleOptions, type OracleRequest, think } from './oracle.ts';

/**
 * The oracle as a server on this machine that speaks Ollama's protocol in real time, as far as completions need it
 * (`docs/api.md` and `server/routes.go` of Ollama v0.34.0, 2026-11). Prompts must be raw.
 */
export interface HttpOracle {
  readonly url: string;
  readonly requests: readonly HttpRequest[];
  stop(): Promise<void>;
}

export interface HttpRequest extends OracleRequest {
  /** When the connection was closed before the answer was whole; ms of {@link realClock}. */
  readonly closedAt: number | undefined;
  /** Whether the server has nothing more to do with it. */
  readonly over: boolean;
}

const Generate = z.object({
  model: z.string(),
  prompt: z.string(),
  raw: z.literal(true),
  stream: z.literal(true),
  options: z.object({ num_predict: z.number(), stop: z.array(z.string()).optional() }),
});

export async function startHttpOracle(options: Omit<OracleOptions, 'clock' | 'latencyMs'>): Promise<HttpOracle> {
  const machine = createMachine(realClock, options.speed);
  const requests: HttpRequest[] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk);
    const json = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const path = request.url ?? '';
    if (path === '/api/version') return json(200, { version: '0.34.0' });
    if (path === '/api/show')
      return json(200, { details: { family: 'qwen2' }, capabilities: ['completion', 'insert'] });
    if (path !== '/api/generate') return json(404, { error: 'not found' });
    generate(Generate.parse(JSON.parse(Buffer.concat(chunks).toString('utf8'))), response);
  }

  function generate(asked: z.output<typeof Generate>, response: ServerResponse): void {
    const hole = holeIn(asked.prompt);
    const { spot, answer: said, prompted, output } = think(asked.prompt, hole, asked.options.stop ?? [], options);
    const frame = (more: object) => {
      const all = { model: asked.model, created_at: new Date().toISOString(), ...more };
      response.write(`${JSON.stringify(all)}\n`);
    };
    let headed = false;
    // Ollama answers with the first token: until then there is no status.
    const head = () => {
      if (!headed) response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      headed = true;
    };
    const sentAt = realClock.now();
    const job = machine.submit({
      prompt: prompted,
      output,
      maxTokens: asked.options.num_predict,
      onToken(token) {
        head();
        entry.text += token;
        entry.arrivals.push({ length: entry.text.length, at: realClock.now() });
        frame({ response: token, done: false });
      },
      onEnd(reason) {
        head();
        entry.arrivedAt = realClock.now();
        const { promptTokens, cachedTokens, outputTokens, promptMs, outputMs } = job.cost;
        frame({
          response: '',
          done: true,
          done_reason: reason,
          prompt_eval_count: promptTokens,
          prompt_eval_cached_count: cachedTokens,
          prompt_eval_duration: Math.round(promptMs * 1e6),
          eval_count: outputTokens,
          eval_duration: Math.round(outputMs * 1e6),
        });
        response.end();
      },
    });
    const entry: { -readonly [K in keyof HttpRequest]: HttpRequest[K] } = {
      id: requests.length,
      sentAt,
      cancelledAt: undefined,
      closedAt: undefined,
      hole,
      spot,
      answer: said,
      cost: job.cost,
      arrivals: [],
      arrivedAt: undefined,
      text: '',
      get over() {
        return job.cost.endedAt !== undefined;
      },
    };
    requests.push(entry);
    response.on('close', () => {
      if (response.writableFinished) return;
      entry.closedAt = realClock.now();
      entry.cancelledAt = entry.closedAt;
      job.cancel();
    });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
