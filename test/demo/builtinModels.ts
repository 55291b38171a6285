import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { once } from '../setup/cache.ts';
import { onStop } from '../setup/child.ts';
import { ensureEngine } from '../setup/engine.ts';
import { CHAT_MODEL, FIM_MODELS } from '../setup/ollamaModels.ts';
import { smallModel } from '../setup/ollamaBuild.ts';

/**
 * Models for the built-in engine as an Ollama would have left them on the disk, though none is there: the same names as on the
 * demo's real Ollama. Those that fill in the middle are files without a template, as base models are.
 */
export interface BuiltinModels {
  /** For OLLAMA_MODELS. */
  readonly dir: string;
  remove(): void;
}

/** Fetches the engine and the small model where they are not there. */
export async function builtinModels(): Promise<BuiltinModels> {
  await ensureEngine();
  const chat = await smallModel();
  const base = join(await once('smollm2-135m-base', withoutTemplate(chat)), 'model.gguf');
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-demo-models-'));
  onStop(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'blobs'));
  addModels(dir, chat, [CHAT_MODEL]);
  addModels(dir, base, FIM_MODELS);
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

function addModels(dir: string, gguf: string, names: readonly string[]): void {
  const bytes = readFileSync(gguf);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const blob = join(dir, 'blobs', `sha256-${digest}`);
  try {
    linkSync(gguf, blob);
  } catch {
    // The cache may be on another disk.
    writeFileSync(blob, bytes);
  }
  const layer = { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}`, size: bytes.length };
  for (const name of names) {
    const manifest = join(dir, 'manifests/registry.ollama.ai/library', ...name.split(':'));
    mkdirSync(dirname(manifest), { recursive: true });
    writeFileSync(manifest, JSON.stringify({ schemaVersion: 2, layers: [layer] }));
  }
}

/** The same weights under a header whose template has another key, which nobody reads. */
function withoutTemplate(gguf: string) {
  return (dir: string): Promise<void> => {
    const key = Buffer.from('tokenizer.chat_template');
    const bytes = readFileSync(gguf);
    const at = bytes.indexOf(key);
    if (at < 0) throw new Error('The small model has no template.');
    bytes.write('X', at + key.length - 1);
    writeFileSync(join(dir, 'model.gguf'), bytes);
    return Promise.resolve();
  };
}
