import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A real HTTP server that remembers what reached it. Ends with the test. */
export interface Peer {
  readonly url: string;
  readonly port: number;
  /** Everything that was asked of it, in order. */
  readonly seen: Seen[];
  /** Connections ever made. */
  readonly connections: readonly Socket[];
  /** When the latest connection was closed, on the clock of `performance.now`. */
  closedAt(): number | undefined;
}

export interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  body: string;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, seen: Seen) => unknown;

export async function startPeer(handler: Handler, { host = '127.0.0.1', port = 0 } = {}): Promise<Peer> {
  const seen: Seen[] = [];
  const connections: Socket[] = [];
  let closedAt: number | undefined;
  const listener: RequestListener = (request, response) => {
    const one: Seen = { method: request.method, path: request.url, headers: request.headers, body: '' };
    seen.push(one);
    request.setEncoding('utf8').on('data', (chunk: string) => void (one.body += chunk));
    void handler(request, response, one);
  };
  const server = createServer(listener);
  server.on('connection', (socket) => {
    connections.push(socket);
    socket.on('error', () => undefined).on('close', () => void (closedAt = performance.now()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  onTestFinished(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens on no port.');
  const text = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${text}:${address.port}`, port: address.port, seen, connections, closedAt: () => closedAt };
}

/** Answers with JSON once the request has been read. */
export function answering(value: unknown = { ok: true }): Handler {
  return (request, response) => request.on('end', () => response.end(JSON.stringify(value)));
}
