import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { COMMANDS, SETTINGS, contributes, restrictedConfigurations } from '../src/manifest.ts';

const file = new URL('../package.json', import.meta.url);

const Manifest = z.looseObject({ contributes: z.unknown(), capabilities: z.unknown() });

const capabilities = {
  untrustedWorkspaces: {
    supported: 'limited',
    description: 'Until you trust the workspace it counts as private-only, and its settings are ignored.',
    restrictedConfigurations: restrictedConfigurations(),
  },
  virtualWorkspaces: true,
};

test('package.json contributes what manifest.ts says (UPDATE=1 rewrites it)', () => {
  const manifest = Manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
  if (process.env['UPDATE'] === '1') {
    writeFileSync(file, `${JSON.stringify({ ...manifest, capabilities, contributes: contributes() }, null, 2)}\n`);
    return;
  }
  expect(manifest.capabilities).toEqual(capabilities);
  expect(manifest.contributes).toEqual(JSON.parse(JSON.stringify(contributes())));
});

test('no endpoint, host, key or keep-alive can be set by a workspace', () => {
  const loose = Object.entries(SETTINGS).filter(([, setting]) => setting.scope === 'resource');
  expect(loose.map(([id]) => id)).not.toEqual(expect.arrayContaining(['switchyard.endpoints']));
  expect(loose.map(([id]) => id)).not.toEqual(expect.arrayContaining(['switchyard.networkHosts']));
  for (const [id] of loose) expect(id).toMatch(/^switchyard\.(completion|chat|privacy)\./);
});

test.each(Object.entries(SETTINGS))('the default of %s is valid, and parses to itself', (_, { schema }) => {
  const value = schema.parse(undefined);
  expect(schema.parse(value)).toEqual(value);
});

test('keys are not bound twice', () => {
  const keys = Object.values(COMMANDS).flatMap((command) => ('key' in command ? [command.key] : []));
  expect(new Set(keys).size).toBe(keys.length);
});
