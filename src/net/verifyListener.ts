import { type Socket, createServer } from 'node:net';
import type { Disposable } from '../core/event.ts';

/** Something on this machine that listens, and counts what comes in. */
export interface Listener extends Disposable {
  readonly port: number;
  readonly url: string;
  readonly connections: number;
  readonly bytes: number;
  /** Paths that were asked for. */
  readonly paths: readonly string[];
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Answers a request that came in whole; without a reply it stays without an answer. */
export type Answer = (path: string) => Reply | undefined;

/** Listens on loopback only, on a free port. The reading is our own: what is counted must not depend on a library. */
export async function listen(answer: Answer = () => ({ status: 200 }), host = '127.0.0.1'): Promise<Listener> {
  const sockets = new Set<Socket>();
  const paths: string[] = [];
  let connections = 0;
  let bytes = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      text += chunk.toString('latin1');
      const path = pathOfWhole(text);
      if (path === undefined) return;
      text = '';
      paths.push(path);
      const reply = answer(path);
      if (reply) socket.end(written(reply));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    port,
    url: `http://${host}:${port}`,
    paths,
    get connections() {
      return connections;
    },
    get bytes() {
      return bytes;
    },
    dispose() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The path of a request that has arrived to its end; `undefined` before. */
function pathOfWhole(text: string): string | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const [, length = '0'] = /^content-length: *(\d+)/im.exec(head) ?? [];
  const isWhole = /^transfer-encoding: *chunked/im.test(head)
    ? text.endsWith('0\r\n\r\n')
    : text.length - end - 4 >= Number(length);
  return isWhole ? (/^\S+ (\S+)/.exec(head)?.[1] ?? '') : undefined;
}

function written({ status, headers = {}, body = '' }: Reply): string {
  const all = {
    'content-type': 'application/json',
    ...headers,
    'content-length': `${Buffer.byteLength(body)}`,
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Verify\r\n${lines.join('')}\r\n${body}`;
}
