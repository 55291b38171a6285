import { createReadStream, statSync } from 'node:fs';
import { type RequestListener, type Server, createServer } from 'node:http';

/**
 * An npm registry, as far as an archive goes (github.com/npm/registry, docs; read 2026-11): one package's file at its path,
 * by ranges too (RFC 9110, 14), as the public registry's content delivery serves it.
 */
export interface Registry {
  readonly url: string;
  /** Paths and ranges asked for, in order. */
  readonly asked: readonly { readonly path: string; readonly range: string | undefined }[];
  /** What it does instead of answering well. */
  fault(fault: RegistryFault | undefined): void;
  stop(): Promise<void>;
}

export type RegistryFault =
  /** Breaks the connection after so many bytes. */
  | { readonly kind: 'break'; readonly after: number }
  /** Stops sending after so many bytes, and keeps the connection. */
  | { readonly kind: 'stall'; readonly after: number }
  /** As many bytes, but one of them another. */
  | { readonly kind: 'tamper' }
  | { readonly kind: 'status'; readonly status: number }
  /** Knows no ranges. */
  | { readonly kind: 'noRanges' };

/** `server` is the one to listen with, such as one of TLS; its address is then not the one in `url`. */
export async function startRegistry(
  path: string,
  archive: string,
  server: Pick<Server, 'on' | 'listen' | 'address' | 'close' | 'closeAllConnections'> = createServer(),
): Promise<Registry> {
  const { size } = statSync(archive);
  const asked: { path: string; range: string | undefined }[] = [];
  let fault: RegistryFault | undefined;
  const answer: RequestListener = (request, response) => {
    const { range } = request.headers;
    asked.push({ path: request.url ?? '', range });
    const now = fault;
    if (request.url !== path) return response.writeHead(404).end('{"error":"Not found"}');
    if (now?.kind === 'status') return response.writeHead(now.status).end();
    const from = now?.kind === 'noRanges' ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const headers = { 'content-type': 'application/octet-stream', 'content-length': size - from };
    if (from > 0) response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${size - 1}/${size}` });
    else response.writeHead(200, headers);
    const limit = now?.kind === 'break' || now?.kind === 'stall' ? now.after : size;
    const stream = createReadStream(archive, { start: from, end: Math.max(from, Math.min(size, from + limit) - 1) });
    let first = true;
    stream.on('data', (chunk) => {
      const piece = Buffer.from(chunk);
      if (first && now?.kind === 'tamper') piece[piece.length - 1] = (piece.at(-1) ?? 0) ^ 1;
      first = false;
      response.write(piece);
    });
    stream.on('end', () => {
      if (limit >= size - from) response.end();
      else if (now?.kind === 'break') setTimeout(() => response.destroy(), 50);
    });
    response.on('close', () => stream.destroy());
    return undefined;
  };
  server.on('request', answer);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    fault(next) {
      fault = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
