import * as z from 'zod/mini';
import locked from '../../engine/package-lock.json' with { type: 'json' };
import described from '../../engine/package.json' with { type: 'json' };
import type { EngineOffer } from '../core/engineKeeper.ts';

/** A package with what is known of it beforehand. */
export interface Package extends EngineOffer {
  /** As in the lockfile: `sha512-` and the hash in base64. */
  readonly integrity: string;
  /** Path of the archive on the registry. */
  readonly path: string;
  /** Path of the addon in the unpacked package. */
  readonly addon: string;
}

const Lock = z.object({
  packages: z.record(z.string(), z.object({ version: z.optional(z.string()), integrity: z.optional(z.string()) })),
});
const Sizes = z.record(z.string(), z.number());

const VULKAN = 'a GPU by Vulkan, whose driver has to be there, and the processor';
/** Its libcudart and libcublas are NVIDIA's, and in no package; the extension `-cuda-ext` is the same for CUDA 12. */
const CUDA = 'an NVIDIA GPU by CUDA, whose driver and toolkit 13 have to be there, and the processor';

/** What each platform can use; the first is for everyone. */
const PLATFORMS: Readonly<Record<string, readonly (readonly [name: string, words: string])[]>> = {
  'linux-x64': [
    ['linux-x64', 'the processor'],
    ['linux-x64-vulkan', VULKAN],
    ['linux-x64-cuda', CUDA],
  ],
  'linux-arm64': [['linux-arm64', 'the processor']],
  'darwin-arm64': [['mac-arm64-metal', 'the GPU by Metal']],
  'darwin-x64': [['mac-x64', 'the processor']],
  'win32-x64': [
    ['win-x64', 'the processor'],
    ['win-x64-vulkan', VULKAN],
    ['win-x64-cuda', CUDA],
  ],
  'win32-arm64': [['win-arm64', 'the processor']],
};

/** The packages for a platform (`process.platform`-`process.arch`), by the lockfile of the engine. */
export function packagesFor(platform: string): readonly Package[] {
  const { packages } = Lock.parse(locked);
  const sizes = Sizes.parse(described.archiveBytes);
  return (PLATFORMS[platform] ?? []).flatMap(([short, words]) => {
    const name = `@node-llama-cpp/${short}`;
    const { version, integrity } = packages[`node_modules/${name}`] ?? {};
    const bytes = sizes[name];
    if (version === undefined || integrity === undefined || bytes === undefined) return [];
    const path = `/${name}/-/${short}-${version}.tgz`;
    return [{ name, version, integrity, bytes, words, path, addon: `bins/${short}/llama-addon.node` }];
  });
}
