import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Level } from '../core/privacy/level.ts';
import { Clearance, createPolicy } from '../core/privacy/policy.ts';
import { createLedger } from './ledger.ts';
import type { Attempt } from './verifyAttempts.ts';
import type { Answer } from './verifyListener.ts';
import { HARMLESS, IN_FLIGHT, PRIVATE, endpointAt, modelNamed, outcomeOf, stopped } from './verifyStage.ts';

/** Attempts on requests that are allowed to begin. */
export const ON_THE_WAY_ATTEMPTS: readonly Attempt[] = [
  {
    id: 'redirect',
    tried: 'Let a server on this machine send the request on to another server.',
    rules: ['redirect'],
    async run(stage) {
      const other = stage.outside;
      const server = await stage.inside(() => ({ status: 307, headers: { location: `${other.url}/elsewhere` } }));
      const endpoint = endpointAt(server.url);
      return stage.send({ endpoint }, { door: stage.door({ endpoints: () => [endpoint] }) });
    },
  },
  {
    id: 'proxy',
    tried: 'Name a proxy in the environment (HTTP_PROXY, ALL_PROXY, …) while a server on this machine is asked.',
    rules: ['noProxy'],
    async run(stage) {
      const [proxy, server] = [stage.outside, await stage.inside()];
      const endpoint = endpointAt(server.url);
      const door = stage.door({ endpoints: () => [endpoint] });
      const restore = setProxies(proxy.url);
      try {
        const sent = await stage.send({ endpoint }, { door });
        if (server.paths.length === 1 && proxy.connections === 0) {
          return stopped('noProxy', 'The server was dialled directly; no proxy is ever asked for this machine.');
        }
        return sent.stoppedBy ? sent : { instead: sent.instead ?? 'The request took another way.' };
      } finally {
        restore();
      }
    },
  },
  {
    id: 'ledger',
    tried: 'Send while the ledger cannot be written.',
    rules: ['ledger'],
    async run(stage) {
      const dir = mkdtempSync(join(tmpdir(), 'switchyard-verify-'));
      writeFileSync(join(dir, 'file'), '');
      const ledger = createLedger(join(dir, 'file', 'ledger'));
      try {
        const endpoint = endpointAt(stage.outside.url);
        return await stage.send({ endpoint }, { door: stage.door({ endpoints: () => [endpoint], ledger }) });
      } finally {
        ledger.dispose();
        rmSync(dir, { recursive: true, force: true });
      }
    },
  },
  {
    id: 'levelChange',
    tried: 'Mark the workspace private while a request to the cloud is under way, and go on sending.',
    rules: ['level:private'],
    async run(stage) {
      let level: Level = 'open';
      const policy = createPolicy(() => ({ level, reasons: [{ source: 'mark', level }] }));
      // A listener on this machine that the user calls another machine's: it may be reached while the level is open.
      const server = await stage.inside(() => undefined);
      const endpoint = endpointAt(server.url, { zone: 'cloud' });
      const door = stage.door({ endpoints: () => [endpoint], policy });
      const clearance = policy.clear({ task: 'verify', endpoint, sources: [{ kind: 'window' }] });
      if (!(clearance instanceof Clearance)) return { instead: clearance.reason };
      const line = await door.open(clearance);
      const stream = new TransformStream<Uint8Array, Uint8Array>();
      const writer = stream.writable.getWriter();
      const [method, path] = IN_FLIGHT.split(' ');
      const sent = outcomeOf(async () => {
        const signal = AbortSignal.any([stage.signal, AbortSignal.timeout(2000)]);
        const answer = await line.fetch(`${endpoint.url}${path}`, {
          method: method ?? '',
          body: stream.readable,
          duplex: 'half',
          signal,
        });
        return `It was answered with status ${answer.status}.`;
      });
      await Promise.race([writer.write(Buffer.from(HARMLESS)), sent]);
      while (server.bytes === 0 && !stage.signal.aborted && (await stillRunning(sent))) await turn(5);
      const before = server.bytes;
      level = 'private';
      door.recheck();
      void writer.write(Buffer.from(HARMLESS)).catch(() => undefined);
      const outcome = await sent;
      await turn(30);
      const late = server.bytes - before;
      return { ...outcome, alsoArrived: { connections: late > 0 ? 1 : 0, bytes: late } };
    },
  },
  {
    id: 'alias:answer',
    tried: 'Let an Ollama on this machine answer for a model that is an alias of one in the cloud.',
    rules: ['breach'],
    run: (stage) =>
      viaOllama(stage, (path) => {
        if (path === '/api/show')
          return { status: 200, body: '{"details":{},"model_info":{},"capabilities":["completion"]}' };
        return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, body: FROM_AFAR };
      }),
  },
  {
    id: 'alias:metadata',
    tried: 'Ask an Ollama on this machine for a model whose metadata name another server.',
    rules: ['remoteModel'],
    async run(stage) {
      const paths: string[] = [];
      const outcome = await viaOllama(stage, (path) => {
        paths.push(path);
        return { status: 200, body: '{"remote_host":"https://ollama.com:443","remote_model":"gpt-oss:120b"}' };
      });
      const asked = paths.filter((path) => path !== '/api/show').length;
      return { ...outcome, alsoArrived: { connections: asked, bytes: 0 } };
    },
  },
];

const FROM_AFAR = `${JSON.stringify({
  model: 'harmless',
  remote_model: 'gpt-oss:120b',
  remote_host: 'https://ollama.com:443',
  message: { role: 'assistant', content: 'An answer from another machine.' },
  done: true,
  done_reason: 'stop',
})}\n`;

/** A chat through the real provider; what it lets through of an answer counts as not stopped. */
async function viaOllama(stage: Parameters<Attempt['run']>[0], answer: Answer) {
  const server = await stage.inside((path) =>
    path === '/api/show' && isFirst() ? { status: 404, body: NOT_FOUND } : answer(path),
  );
  let shows = 0;
  /** An Ollama that does not know the `:local` form, so that the model is asked for by its own name. */
  const isFirst = () => (shows += 1) === 1;
  const endpoint = endpointAt(server.url);
  const model = modelNamed('harmless', endpoint);
  const door = stage.door({ endpoints: () => [endpoint] });
  const clearance = stage.parts.policy.clear({ task: 'verify', endpoint, model, sources: PRIVATE });
  if (!(clearance instanceof Clearance)) return { instead: clearance.reason };
  return outcomeOf(async () => {
    const line = await door.open(clearance);
    const wish = { model, messages: [{ role: 'user', text: HARMLESS } as const], temperature: 0, think: false };
    let text = '';
    for await (const piece of stage.parts.ollama.chat(line, wish, stage.signal)) {
      if (piece.kind !== 'end') text += piece.text;
    }
    return `The answer was shown: ${text}`;
  });
}

const NOT_FOUND = '{"error":"model not found"}';
const PROXY_NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];

/** For the few milliseconds of one request; returns what puts everything back. */
function setProxies(url: string): () => void {
  const before = PROXY_NAMES.map((name) => [name, process.env[name]] as const);
  for (const name of PROXY_NAMES) process.env[name] = url;
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

async function stillRunning(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => false), turn(0).then(() => true)]);
}

async function turn(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
