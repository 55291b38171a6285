import { Socket, type AddressInfo, type Server, createServer, connect } from 'node:net';

/** Bytes that somebody in this process handed to a socket, at the moment of handing them over. */
export interface Written {
  readonly port: number;
  readonly text: string;
}

/**
 * Listens in on every socket of this process that leads to one of some ports: what is handed to the system is told before it
 * is. There is no later moment at which a byte could still be held back, and none before at which it has surely left.
 */
export function tapSockets(ports: ReadonlySet<number>, onWritten: (written: Written) => void): () => void {
  const { write } = Socket.prototype;
  const tapped = function (this: Socket, ...args: Parameters<typeof write>) {
    const port = this.remotePort;
    if (port !== undefined && ports.has(port)) {
      const [chunk] = args;
      onWritten({ port, text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1') });
    }
    return write.apply(this, args);
  };
  Object.assign(Socket.prototype, { write: tapped });
  return () => {
    Socket.prototype.write = write;
  };
}

/** A listener that keeps every byte that reaches it, whatever it is, and passes it on to a server behind. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  received(): string;
  clear(): void;
  stop(): Promise<void>;
}

export async function listenBefore(target: string, host: string): Promise<Listener> {
  const { port: behind } = new URL(target);
  let text = '';
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const onward = connect(Number(behind), '127.0.0.1');
    for (const each of [socket, onward]) sockets.add(each.on('close', () => sockets.delete(each)));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
    onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, host, resolve);
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a listening TCP server has such an address
  const { port } = server.address() as AddressInfo;
  return {
    host,
    port,
    received: () => text,
    clear: () => void (text = ''),
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
