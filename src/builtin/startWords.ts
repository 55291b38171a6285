import { basename, dirname } from 'node:path';

/** Words for an engine that does not start, and for one that does without the GPU it is made for. `addon` is its path. */

/** As the end of a sentence; with the way back, where the package is for a GPU. What the system said is for the log. */
export function whyNotStarted(addon: string, said: string): string {
  const api = apiOf(addon);
  if (api === undefined) return `it does not start (${said})`;
  return `its package for ${api} does not start, mostly for want of the GPU’s driver; “Install the Built-in Engine” has one for the processor`;
}

/** `undefined` for a package of the processor. */
export function noGpuFound(addon: string): string | undefined {
  const api = apiOf(addon);
  if (api === undefined) return undefined;
  const needs = api === 'CUDA' ? 'the driver of the GPU and the toolkit of CUDA 13' : 'the driver of the GPU';
  return `The built-in engine found no GPU for ${api}, which needs ${needs}: it computes with the processor.`;
}

/** By the names of the packages, which are those of the folders with the addon: `linux-x64-vulkan`. */
function apiOf(addon: string): string | undefined {
  const [, name = ''] = /-(cuda|vulkan|metal)$/.exec(basename(dirname(addon))) ?? [];
  return { cuda: 'CUDA', vulkan: 'Vulkan', metal: 'Metal' }[name];
}
