import { readFile, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import * as z from 'zod/mini';
import { lmStudioFolders } from './lmStudio.ts';

/** A GGUF file that was found. */
export interface Found {
  /** As people know it. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** Changes when the file does. */
  readonly digest: string;
  readonly origin: string;
  /** Folder that it lies in, below the one that was looked into; empty for that one itself. */
  readonly folder: string;
  readonly own: boolean;
}

export interface Places {
  /** Switchyard's own folder. */
  readonly own: string;
  readonly named: readonly string[];
  readonly ollama: readonly string[];
  readonly lmStudio: readonly string[];
}

/** Where Ollama and LM Studio keep their models (docs.ollama.com/faq, read 2026-11). */
export function usualPlaces(
  env: NodeJS.ProcessEnv,
  { home = homedir(), platform = process.platform }: { readonly home?: string; readonly platform?: string } = {},
): Pick<Places, 'ollama' | 'lmStudio'> {
  const chosen = env['OLLAMA_MODELS'] ?? '';
  const ollama = [
    // One that is relative is so to a folder that only Ollama knows.
    ...(isAbsolute(chosen) ? [chosen] : []),
    join(home, '.ollama', 'models'),
    // Of the service that its installer sets up, which is a user of its own.
    ...(platform === 'linux' ? ['/usr/share/ollama/.ollama/models'] : []),
  ];
  return { ollama: [...new Set(ollama)], lmStudio: lmStudioFolders(home) };
}

/** Every model on this disk, each file by each name once; a folder that is missing or cannot be read has none. */
export async function findModels(places: Places): Promise<Found[]> {
  const lists = await Promise.all([
    inFolder(places.own, 'Switchyard’s folder', true),
    ...places.named.map((dir) => inFolder(dir, dir, false)),
    ...places.ollama.map((dir) => ofOllama(dir)),
    ...places.lmStudio.map((dir) => inFolder(dir, 'LM Studio', false)),
  ]);
  // Ollama may know one file by several names.
  const known = new Map(lists.flat().map((found) => [`${found.path}\n${found.name}`, found]));
  const names = new Set<string>();
  const listed: Found[] = [];
  for (const found of known.values()) {
    const name = freeName(found, names);
    names.add(name);
    listed.push({ ...found, name });
  }
  return listed;
}

/** The first that nobody has; it is made of the file's own path, so that it stays when others of the name come or go. */
function freeName({ name, folder, origin, path }: Found, taken: ReadonlySet<string>): string {
  const marks = [folder === '' ? origin : folder, folder === '' ? path : `${origin}, ${folder}`, path];
  return [name, ...marks.map((mark) => `${name} (${mark})`)].find((each) => !taken.has(each)) ?? `${name} (${path})`;
}

/** Folders below a folder that are looked into: LM Studio has owner and repository. */
const DEPTH = 3;

async function inFolder(root: string, origin: string, own: boolean, dir = root, depth = DEPTH): Promise<Found[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const folder = relative(root, dir).replaceAll('\\', '/');
  const found = await Promise.all(
    // Which of several of one name is the first must not be up to the file system.
    entries.toSorted(byName).map(async (entry) => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return depth > 1 ? inFolder(root, origin, own, path, depth - 1) : [];
      if (!isModel(entry.name)) return [];
      const facts = await statsOf(filesOf(path));
      const name = PARTS.exec(entry.name)?.[1] ?? basename(entry.name, entry.name.slice(-5));
      return facts ? [{ name, path, origin, folder, own, ...facts }] : [];
    }),
  );
  return found.flat();
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

/** Of a file in parts, the first stands for all. What reads pictures is no model of its own. */
function isModel(file: string): boolean {
  if (!/\.gguf$/i.test(file) || /^mmproj/i.test(file)) return false;
  const part = /-(\d{5})-of-\d{5}\.gguf$/i.exec(file)?.[1];
  return part === undefined || part === '00001';
}

/** Of a model in parts, as llama.cpp names them, the first. */
const PARTS = /^(.*)-00001-of-(\d{5})(\.gguf)$/i;

/** All files of the model that a path stands for. */
export function filesOf(path: string): string[] {
  const [, name, count, end] = PARTS.exec(basename(path)) ?? [];
  if (name === undefined || count === undefined || end === undefined) return [path];
  return Array.from({ length: Number(count) }, (_, index) =>
    join(dirname(path), `${name}-${String(index + 1).padStart(5, '0')}-of-${count}${end}`),
  );
}

async function statsOf(paths: readonly string[]): Promise<Pick<Found, 'sizeBytes' | 'digest'> | undefined> {
  try {
    const all = await Promise.all(paths.map((path) => stat(path)));
    if (!all.every((each) => each.isFile())) return undefined;
    const sizeBytes = all.reduce((sum, { size }) => sum + size, 0);
    return { sizeBytes, digest: `${sizeBytes}-${Math.max(...all.map(({ mtimeMs }) => Math.trunc(mtimeMs)))}` };
  } catch {
    return undefined;
  }
}

/** A manifest of Ollama's (an OCI image): the layer with the weights names its blob. Cloud models have none. */
const Manifest = z.object({ layers: z.array(z.looseObject({ mediaType: z.string(), digest: z.string() })) });
const WEIGHTS = 'application/vnd.ollama.image.model';

async function ofOllama(dir: string): Promise<Found[]> {
  const root = join(dir, 'manifests');
  const files = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    files
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const digest = await weightsOf(path);
        if (digest === undefined) return [];
        const blob = join(dir, 'blobs', digest.replace(':', '-'));
        const facts = await statsOf([blob]);
        if (!facts) return [];
        const name = ollamaName(path.slice(root.length + 1).split(/[\\/]/));
        return [{ name, path: blob, origin: 'Ollama', folder: '', own: false, ...facts }];
      }),
  );
  return found.flat();
}

async function weightsOf(manifest: string): Promise<string | undefined> {
  try {
    const parsed = Manifest.safeParse(JSON.parse(await readFile(manifest, 'utf8')));
    const digest = parsed.data?.layers.find(({ mediaType }) => mediaType === WEIGHTS)?.digest;
    return digest !== undefined && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : undefined;
  } catch {
    return undefined;
  }
}

/** `qwen2.5-coder:0.5b` for `registry.ollama.ai/library/qwen2.5-coder/0.5b`, as Ollama shows it. */
function ollamaName(parts: readonly string[]): string {
  const tag = parts.at(-1) ?? '';
  const rest = parts.slice(0, -1);
  const short = rest[0] === 'registry.ollama.ai' ? rest.slice(rest[1] === 'library' ? 2 : 1) : rest;
  return `${short.join('/')}:${tag}`;
}
