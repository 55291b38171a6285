import { connect, createServer, type Socket } from 'node:net';

/**
 * An HTTP proxy on a loopback port (RFC 9110, sections 7.3.2 and 9.3.6), which knows some hosts by names that nobody else
 * knows. For any other, in a tunnel or not, it answers itself, with the word `proxied`.
 */
export interface ProxyPeer {
  readonly url: string;
  /** TCP connections that were ever opened. */
  readonly connections: number;
  /** First lines of what was asked, for example `CONNECT api.example:443`. */
  readonly asked: readonly string[];
  /** Bytes that came back through its tunnels. */
  readonly carried: number;
  /** Answers a wish for a tunnel with this status, until told otherwise; 407 asks for a name and a password. */
  refuse(status: 407 | 502 | undefined): void;
  stop(): Promise<void>;
}

const PROXIED = 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nproxied';
const REFUSALS = {
  407: 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"',
  502: 'HTTP/1.1 502 Bad Gateway',
};
const TUNNEL = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** `hosts`: loopback ports by `host:port`. */
export async function startProxyPeer(hosts: Readonly<Record<string, number>>): Promise<ProxyPeer> {
  let [connections, carried] = [0, 0];
  let refused: 407 | 502 | undefined;
  const asked: string[] = [];
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
  };
  const server = createServer((socket) => {
    connections += 1;
    keep(socket).once('data', (bytes) => {
      const line =
        bytes
          .toString('latin1')
          .split('\r\n', 1)[0]
          ?.replace(/ HTTP\/1\.[01]$/u, '') ?? '';
      asked.push(line);
      const [, authority] = /^CONNECT (\S+)$/u.exec(line) ?? [];
      if (authority === undefined) return void socket.end(PROXIED);
      if (refused) return void socket.end(`${REFUSALS[refused]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      const port = hosts[authority];
      if (port === undefined) {
        socket.once('data', () => socket.end(PROXIED)).write(TUNNEL);
        return;
      }
      const upstream = keep(connect(port, '127.0.0.1'));
      upstream.once('connect', () => {
        socket.write(TUNNEL);
        upstream.on('data', (bytes) => (carried += bytes.length));
        socket.pipe(upstream).pipe(socket);
      });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    get connections() {
      return connections;
    },
    asked,
    get carried() {
      return carried;
    },
    refuse(status) {
      refused = status;
    },
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
