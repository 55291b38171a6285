import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineProgress } from '../core/engineKeeper.ts';
import { AppError } from '../core/outcome.ts';
import type { Line } from '../core/provider.ts';
import { MARK, type Mark } from './installed.ts';
import type { Package } from './packages.ts';
import { unpack } from './unpack.ts';

/** A reason for which nothing was installed, as a sentence for people. */
export class NotInstalled extends Error {
  override readonly name = 'NotInstalled';
}

type Tell = (progress: EngineProgress) => void;

/** Where an unfinished download waits. */
export function partPath(dir: string, { integrity }: Package): string {
  return `${dir}-${createHash('sha256').update(integrity).digest('hex').slice(0, 12)}.part`;
}

/** Bytes of it that are there. */
export async function begunBytes(dir: string, wanted: Package): Promise<number> {
  return (await stat(partPath(dir, wanted)).catch(() => undefined))?.size ?? 0;
}

/**
 * Fetches a package through the line that it is given, going on where an earlier try broke off, and gives the path of the
 * archive. What has arrived stays when the connection breaks or the user cancels; nothing is used before its hash is known.
 */
export async function download(
  send: Line['fetch'],
  url: string,
  wanted: Package,
  { dir, signal, tell }: { readonly dir: string; readonly signal: AbortSignal; readonly tell: Tell },
): Promise<string> {
  const path = partPath(dir, wanted);
  const before = await begunBytes(dir, wanted);
  if (before === wanted.bytes) return path;
  const from = before < wanted.bytes ? before : 0;
  const headers = { accept: 'application/octet-stream', ...(from > 0 && { range: `bytes=${from}-` }) };
  const answer = await send(url, { headers, signal });
  const { status, body } = answer;
  if (status !== 200 && status !== 206) {
    await body?.cancel();
    throw new NotInstalled(`The registry answered ${status} for ${wanted.name} ${wanted.version}.`);
  }
  // A server that knows no ranges begins anew.
  const goesOn = status === 206;
  const file = await open(path, goesOn ? 'a' : 'w');
  let completedBytes = goesOn ? from : 0;
  try {
    for await (const chunk of pieces(body)) {
      signal.throwIfAborted();
      await file.write(chunk);
      completedBytes += chunk.byteLength;
      if (completedBytes > wanted.bytes) throw new NotInstalled('More came than the package has.');
      tell({ status: 'downloading', completedBytes });
    }
  } finally {
    await file.close();
  }
  if (completedBytes < wanted.bytes) {
    const detail = `${completedBytes} of ${wanted.bytes} bytes came`;
    throw new AppError('interrupted', { detail });
  }
  return path;
}

/** Whether a file is the package, by its hash. */
export async function hasHash(path: string, integrity: string): Promise<boolean> {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(path)) if (Buffer.isBuffer(chunk)) hash.update(chunk);
  return `sha512-${hash.digest('base64')}` === integrity;
}

/** Unpacks an archive whose hash is right beside the folder, and puts it in its place whole. */
export async function install(
  archive: string,
  wanted: Package,
  { dir, signal, tell }: { readonly dir: string; readonly signal: AbortSignal; readonly tell: Tell },
): Promise<void> {
  tell({ status: 'unpacking' });
  const fresh = `${dir}.new`;
  try {
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    await unpack(archive, fresh, signal);
    await stat(join(fresh, wanted.addon));
    const mark: Mark = { version: wanted.version, name: wanted.name, addon: wanted.addon };
    await writeFile(join(fresh, MARK), JSON.stringify(mark));
    await remove(dir);
    await rename(fresh, dir);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
}

/** Milliseconds between two tries, and how many: Windows lets go of the files of a process a little after its end. */
const AGAIN_MS = 100;
const TRIES = 20;

/**
 * Removes the folder of an engine. It is renamed first, so that it is there whole or not at all: one that is half removed would
 * still say that it is installed. What cannot be removed then goes with the next.
 */
export async function remove(dir: string): Promise<void> {
  const aside = `${dir}.old`;
  const away = () => rm(aside, { recursive: true, force: true, maxRetries: TRIES, retryDelay: AGAIN_MS });
  await away();
  for (let tries = 1; ; tries += 1) {
    try {
      await rename(dir, aside);
      break;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      if (tries >= TRIES || !['EPERM', 'EBUSY', 'EACCES'].includes(codeOf(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
  await away().catch(() => undefined);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

async function* pieces(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = body.getReader();
  let open = true;
  try {
    while (true) {
      const read = await reader.read();
      if (read.done) {
        open = false;
        return;
      }
      yield read.value;
    }
  } finally {
    if (open) await reader.cancel().catch(() => undefined);
  }
}
