import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * The bill of materials in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/). It lists what is in the bundles, read from
 * the bundler's own account, and not what `package.json` names: a dependency may be bundled in part or not at all, and what
 * only builds or tests is not shipped. It has no time in it, so that the same sources make the same bytes.
 */

const Metafiles = z.record(
  z.string(),
  z.object({ outputs: z.record(z.string(), z.object({ inputs: z.record(z.string(), z.unknown()) })) }),
);
const Lock = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});
const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().optional(),
  description: z.string().optional(),
});
type Manifest = z.infer<typeof Manifest>;

/** Reads `out/meta.json`, `package-lock.json` and the packages' own manifests; returns the text of the document. */
export function billOfMaterials(vsix: Uint8Array): string {
  const own = manifestIn('.');
  const { packages } = Lock.parse(read('package-lock.json'));
  const components = bundledFolders().map((folder) => componentOf(folder, packages[folder]?.integrity));
  const ref = `pkg:vscode-extension/switchyard/${own.name}@${own.version}`;
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': ref,
        ...described(own),
        hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(vsix).digest('hex') }],
      },
    },
    components,
    dependencies: [
      { ref, dependsOn: components.map((component) => component['bom-ref']) },
      ...components.map((component) => ({ ref: component['bom-ref'] })),
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Folders of the packages of which at least a byte is in an output, sorted. */
function bundledFolders(): string[] {
  const outputs = Object.values(Metafiles.parse(read('out/meta.json'))).flatMap((metafile) =>
    Object.values(metafile.outputs),
  );
  const folders = outputs
    .flatMap(({ inputs }) => Object.keys(inputs))
    .flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
  return [...new Set(folders)].toSorted();
}

function componentOf(folder: string, integrity: string | undefined) {
  const manifest = manifestIn(folder);
  const purl = `pkg:npm/${manifest.name.replace('@', '%40')}@${manifest.version}`;
  const [, digest] = /^sha512-(.+)$/.exec(integrity ?? '') ?? [];
  return {
    'bom-ref': purl,
    ...described(manifest),
    type: 'library',
    scope: 'required',
    purl,
    // Of the archive in the registry, as package-lock.json has it.
    ...(digest !== undefined && {
      hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }],
    }),
  };
}

function described({ name, version, license, description }: Manifest) {
  return {
    name,
    version,
    ...(description !== undefined && { description }),
    ...(license !== undefined && {
      licenses: [/\s/.test(license) ? { expression: license } : { license: { id: license } }],
    }),
  };
}

function manifestIn(folder: string): Manifest {
  return Manifest.parse(read(`${folder}/package.json`));
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
