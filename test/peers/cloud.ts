import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onStop } from '../setup/child.ts';
import { makeCertificate } from './certificate.ts';
import { type OpenAIPeerOptions, startOpenAIPeer } from './openai.ts';
import type { Peer } from './recorder.ts';

/**
 * The stand-in for a closed API: OpenAI's API over TLS on this machine, with a certificate made for it. A client trusts it
 * through `NODE_EXTRA_CA_CERTS`, which Node reads once, at the start of a process. Counts what arrives below HTTP too, so
 * that "nothing was sent" means not a byte.
 */
export interface CloudPeer extends Peer {
  /** File of the certificate, in PEM form. */
  readonly certificate: string;
  /** TCP connections that were ever opened, whatever became of them. */
  readonly connections: number;
  /** Bytes that ever arrived, encrypted as they were. */
  readonly bytes: number;
}

export async function startCloudPeer(options: Omit<OpenAIPeerOptions, 'server'> = {}): Promise<CloudPeer> {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-cloud-'));
  const discard = () => rmSync(dir, { recursive: true, force: true });
  const forget = onStop(discard);
  const { key, cert, file: certificate } = await makeCertificate(dir, ['localhost']);
  const server = createServer({ key, cert });
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => sockets.push(socket));
  const peer = await startOpenAIPeer({ ...options, server });
  return {
    ...peer,
    // The name on the certificate.
    url: peer.url.replace('127.0.0.1', 'localhost'),
    certificate,
    get connections() {
      return sockets.length;
    },
    get bytes() {
      return sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
    },
    async stop() {
      await peer.stop();
      forget();
      discard();
    },
  };
}
