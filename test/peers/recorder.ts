import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { Server as TlsServer } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';

/** One request as a peer saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Parsed JSON, or `undefined`. */
  readonly body: unknown;
  /** Resolves when the exchange is over: `true` when the client closed the connection before the answer was complete. */
  readonly closed: Promise<boolean>;
}

/** What a peer does instead of answering well. */
export type Fault =
  /** This answer, whatever was asked. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    }
  /** Accepts the request and says nothing; for ever, or for some milliseconds before it answers well. */
  | { readonly kind: 'hang'; readonly ms?: number }
  /** Closes the connection at once. */
  | { readonly kind: 'drop' }
  /** Streams this many lines or events, and then breaks the connection, or ends the body as if all were said. */
  | { readonly kind: 'cut'; readonly after: number; readonly how: 'break' | 'end' }
  /** Streams this many lines or events, then this text. */
  | { readonly kind: 'inject'; readonly after: number; readonly text: string }
  /** Cuts the bytes into pieces of this size, through the middle of characters too. */
  | { readonly kind: 'torn'; readonly bytes: number };

export const HTML: Fault = {
  kind: 'answer',
  status: 200,
  body: '<!doctype html><title>Welcome to nginx!</title><h1>It works</h1>',
  headers: { 'content-type': 'text/html; charset=utf-8' },
};

export interface Peer {
  /** Without a trailing slash. */
  readonly url: string;
  readonly seen: readonly Seen[];
  /** Requests to one path. */
  to(path: string): readonly Seen[];
  /** From now on, for this path or for all; `undefined` to behave again. */
  fault(fault: Fault | undefined, path?: string): void;
  stop(): Promise<void>;
}

/** An answer under way: respects the fault that holds for it. */
export interface Reply {
  readonly seen: Seen;
  /** False once the client is gone. */
  readonly open: boolean;
  json(status: number, body: unknown, headers?: Record<string, string>): void;
  text(status: number, body: string, type?: string): void;
  /** Streams parts, waiting `ms` before each. */
  stream(type: string, parts: Iterable<string>, ms?: number): Promise<void>;
  wait(ms: number): Promise<void>;
}

/** A server on a free loopback port that records what it is asked. `server` is for one that speaks TLS. */
export async function startPeer(
  answer: (reply: Reply) => Promise<void> | void,
  server: Server = createServer(),
  host: `127.0.0.${number}` = '127.0.0.1',
): Promise<Peer> {
  const seen: Seen[] = [];
  const faults = new Map<string, Fault>();
  server.on('request', (request, response) => {
    void handle(request, response);
  });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let over: (aborted: boolean) => void = () => {};
    const closed = new Promise<boolean>((resolve) => {
      over = resolve;
    });
    response.on('close', () => over(!response.writableFinished));
    const path = request.url ?? '/';
    let text = '';
    try {
      for await (const chunk of request) text += String(chunk);
    } catch {
      return;
    }
    const own: Seen = { method: request.method ?? '', path, headers: request.headers, body: json(text), closed };
    seen.push(own);
    const fault = faults.get(path) ?? faults.get('*');
    switch (fault?.kind) {
      case 'answer':
        response.writeHead(fault.status, fault.headers).end(fault.body);
        return;
      case 'drop':
        request.socket.destroy();
        return;
      case 'hang':
        if (fault.ms === undefined) return;
        await sleep(fault.ms);
        break;
      case 'cut':
      case 'inject':
      case 'torn':
      case undefined:
    }
    await answer(replyTo(own, response, fault));
  };
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return {
    url: `${server instanceof TlsServer ? 'https' : 'http'}://${host}:${portOf(server)}`,
    seen,
    to: (path) => seen.filter((one) => one.path === path),
    fault(fault, path = '*') {
      if (fault) faults.set(path, fault);
      else faults.delete(path);
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function replyTo(seen: Seen, response: ServerResponse, fault: Fault | undefined): Reply {
  const write = async (text: string) => {
    const bytes = Buffer.from(text);
    const size = fault?.kind === 'torn' ? fault.bytes : bytes.length;
    for (let at = 0; at < bytes.length; at += size) {
      response.write(bytes.subarray(at, at + size));
      // A turn of the event loop between pieces, so that they leave as packets of their own.
      if (size < bytes.length) await sleep(1);
    }
  };
  return {
    seen,
    get open() {
      return !response.destroyed;
    },
    json(status, body, headers = {}) {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(JSON.stringify(body));
    },
    text(status, body, type) {
      response.writeHead(status, type === undefined ? {} : { 'content-type': type }).end(body);
    },
    async stream(type, parts, ms = 0) {
      response.writeHead(200, { 'content-type': type });
      let sent = 0;
      for (const part of parts) {
        if (response.destroyed) return;
        if (fault?.kind === 'cut' && sent === fault.after) {
          // What was written before is on its way first.
          await sleep(20);
          if (fault.how === 'end') response.end();
          else response.destroy();
          return;
        }
        if (fault?.kind === 'inject' && sent === fault.after) await write(fault.text);
        if (ms > 0) await sleep(ms);
        await write(part);
        sent += 1;
      }
      response.end();
    },
    async wait(ms) {
      await sleep(ms);
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
