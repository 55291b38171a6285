import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** An HTTP proxy, with and without tunnels, that answers everything itself with the word `proxied`. */
export async function startProxy(): Promise<{ readonly url: string; connections(): number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined).setEncoding('latin1');
    socket.on('data', (text: string) => {
      if (text.startsWith('CONNECT ')) socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nproxied');
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens on no port.');
  return { url: `http://127.0.0.1:${address.port}`, connections: () => connections };
}
