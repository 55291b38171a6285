import { connect, createServer, type Server, type Socket } from 'node:net';

/** A loopback address that stays the same while the servers behind it come and go. */
export interface Front {
  readonly url: string;
  readonly port: number;
  /** From now on, connections end at this server; without one, nothing listens. Open connections break, unless it is so already. */
  lead(to?: { readonly url: string }): Promise<void>;
}

/** Nothing listens at first. */
export async function openFront(): Promise<Front> {
  let server: Server | undefined;
  let leadsTo: string | undefined;
  const sockets = new Set<Socket>();
  const listen = async (port: number, target: number): Promise<number> => {
    const own = createServer((socket) => {
      const behind = connect(target, '127.0.0.1');
      for (const each of [socket, behind]) {
        sockets.add(each);
        each.on('close', () => sockets.delete(each));
      }
      socket.on('error', () => behind.destroy()).on('close', () => behind.destroy());
      behind.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.pipe(behind).pipe(socket);
    });
    await new Promise<void>((resolve, reject) => {
      own.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    server = own;
    const address = own.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  };
  const close = async () => {
    const old = server;
    server = undefined;
    if (!old) return;
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      old.close(() => resolve());
    });
  };
  const port = await listen(0, 0);
  await close();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async lead(to) {
      if (to?.url === leadsTo) return;
      leadsTo = to?.url;
      await close();
      if (to) await listen(port, Number(new URL(to.url).port));
    },
  };
}
