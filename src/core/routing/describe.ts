import { type Model, type Role, type Zone } from '../model.ts';
import { plain } from '../plainText.ts';
import type { Fills } from './choice.ts';
import { BUILTIN } from './endpoints.ts';

/** Wording of a model for people. Sizes are decimal, as Ollama shows them. */

export { plain };

export const ZONE_WORDS: Readonly<Record<Zone, string>> = { device: 'device', network: 'network', cloud: 'cloud' };
export const ROLE_WORDS: Readonly<Record<Role, string>> = { completion: 'completion', chat: 'chat' };

/** Where, as the end of a sentence. */
export function zonePlace(zone: Zone): string {
  return { device: 'on this machine', network: 'in your network', cloud: 'in the cloud' }[zone];
}

/** Whether the built-in engine runs a model. The id tells: no server of the settings may have the engine's. */
export function isBuiltin({ id }: Pick<Model, 'id'>): boolean {
  return id.startsWith(`${BUILTIN.id}/`);
}

/** Where a model runs, as the end of a sentence; the built-in engine has words of its own. */
export function placeOf(model: Pick<Model, 'id' | 'zone'>): string {
  return isBuiltin(model) ? IN_THE_EDITOR : zonePlace(model.zone);
}

/** The same in a word or two. */
export function zoneWord(model: Pick<Model, 'id' | 'zone'>): string {
  return isBuiltin(model) ? IN_THE_EDITOR : ZONE_WORDS[model.zone];
}
const IN_THE_EDITOR = 'in the editor';

const LONGEST_NAME = 32;

/** A name that fits a status bar: `qwen2.5-coder:7b` for `registry.example/team/qwen2.5-coder:7b`, without `:latest`. */
export function shortName(name: string): string {
  const last = plain(name).replace(/^.*\//u, '');
  const trimmed = last.replace(/:latest$/u, '').replace(/-GGUF(?=:|$)/iu, '');
  if (trimmed.length <= LONGEST_NAME) return trimmed;
  // The end tells sizes and quantisations apart.
  return `${trimmed.slice(0, LONGEST_NAME - 11)}…${trimmed.slice(-10)}`;
}

/** `4.7 GB` for 4,683,087,332 bytes. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit < 3 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `32K` for 32,768 tokens, `1M` for 1,048,576. */
export function tokensText(tokens: number): string {
  if (tokens < 1000) return String(tokens);
  const base = tokens % 1024 === 0 ? 1024 : 1000;
  if (tokens < base * base) return `${shortest(tokens / base)}K`;
  return `${shortest(tokens / base / base)}M`;
}

/** `135M` for a server's `134.52M`, `7.6B` for `7.62B`. */
export function parametersText(parameters: string): string {
  const found = /^([\d.]+)\s*([KMBT])$/iu.exec(parameters);
  return found ? `${shortest(Number(found[1]))}${found[2]}` : plain(parameters);
}

function shortest(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

/** What the model can do, in words. */
export function abilityWords(model: Model, fills: Fills): readonly string[] {
  const { chat, tools, vision, thinking } = model.abilities;
  return [
    ...(fills(model) ? ['complete'] : []),
    ...(chat ? ['chat'] : []),
    ...(tools ? ['tools'] : []),
    ...(vision ? ['vision'] : []),
    ...(thinking ? ['thinking'] : []),
  ];
}

/** Whether a model is on its server's disk and has to come into the memory there. Ollama's cloud models never do. */
export function keepsModels(model: Model): boolean {
  return model.unusable === undefined && isOnDisk(model);
}

/** Whether a model can be deleted from its server's disk; a damaged file, too. */
export function canBeRemoved(model: Model): boolean {
  return isOnDisk(model) && model.removable !== false;
}

function isOnDisk({ endpoint, zone }: Model): boolean {
  return ['ollama', 'builtin'].includes(endpoint.protocol) && zone !== 'cloud';
}

/** `loaded, 5.1 GB, 60% on the GPU`; `undefined` when the model is not in memory. */
export function loadedText({ loaded }: Model): string | undefined {
  if (!loaded) return undefined;
  const { sizeBytes, gpuBytes } = loaded;
  const parts = ['loaded'];
  if (sizeBytes) parts.push(bytesText(sizeBytes));
  if (sizeBytes && gpuBytes) parts.push(`${Math.min(100, Math.round((gpuBytes / sizeBytes) * 100))}% on the GPU`);
  return parts.join(', ');
}

/** One line: size on disk, quantisation, context, abilities, and whether it is in memory. */
export function modelLine(model: Model, fills: Fills): string {
  const { sizeBytes, quantization, contextLength } = model;
  return [
    sizeBytes ? bytesText(sizeBytes) : undefined,
    quantization ? plain(quantization) : undefined,
    contextLength ? `${tokensText(contextLength)} context` : undefined,
    abilityWords(model, fills).join(', ') || undefined,
    loadedText(model) ?? (keepsModels(model) ? 'not loaded' : undefined),
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}
