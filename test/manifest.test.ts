import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { contributes, restrictedConfigurations } from '../src/contributes.ts';
import { COMMANDS, SETTINGS } from '../src/manifest.ts';

const file = new URL('../package.json', import.meta.url);
const readme = new URL('../README.md', import.meta.url);
const update = process.env['UPDATE'] === '1';

const Manifest = z.looseObject({ contributes: z.unknown(), capabilities: z.unknown(), extensionKind: z.unknown() });

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
  if (update) {
    writeFileSync(file, `${JSON.stringify({ ...manifest, capabilities, contributes: contributes() }, null, 2)}\n`);
    return;
  }
  expect(manifest.capabilities).toEqual(capabilities);
  expect(manifest.contributes).toEqual(JSON.parse(JSON.stringify(contributes())));
});

test('it runs on the machine where the code is, and nowhere else', () => {
  // Beside the code are the organisation's policy, the links and the git remotes; “this machine” is that machine.
  expect(Manifest.parse(JSON.parse(readFileSync(file, 'utf8'))).extensionKind).toEqual(['workspace']);
});

test('the README has every setting (UPDATE=1 rewrites it)', () => {
  const text = readFileSync(readme, 'utf8');
  const rows = Object.entries(SETTINGS).map(([id, setting]) => {
    const value = JSON.stringify(v.parse(setting.schema, undefined)) ?? '';
    const where = setting.scope === 'application' ? 'user' : 'user, workspace, folder';
    return `| \`${id}\` | ${value.length > 40 ? 'Ollama and OpenAI' : `\`${value || 'not set'}\``} | ${where} | ${setting.description} |`;
  });
  const table = ['| setting | default | where | what it does |', '| --- | --- | --- | --- |', ...rows].join('\n');
  const wanted = text.replace(/(<!-- settings: .*? -->\n)[^]*?(<!-- \/settings -->)/, (_, start: string, end: string) =>
    [start.trimEnd(), table, end].join('\n'),
  );
  if (update) writeFileSync(readme, wanted);
  expect(update ? wanted : text).toBe(wanted);
});

test('no endpoint, host, key or keep-alive can be set by a workspace', () => {
  const loose = Object.entries(SETTINGS).filter(([, setting]) => setting.scope === 'resource');
  expect(loose.map(([id]) => id)).not.toEqual(expect.arrayContaining(['switchyard.endpoints']));
  expect(loose.map(([id]) => id)).not.toEqual(expect.arrayContaining(['switchyard.networkHosts']));
  for (const [id] of loose) expect(id).toMatch(/^switchyard\.(completion|chat|privacy)\./);
});

test.each(Object.entries(SETTINGS))('the default of %s is valid, and parses to itself', (_, { schema }) => {
  const value = v.parse(schema, undefined);
  expect(v.parse(schema, value)).toEqual(value);
});

test('keys are not bound twice', () => {
  const keys = Object.values(COMMANDS).flatMap((command) => ('key' in command ? [command.key] : []));
  expect(new Set(keys).size).toBe(keys.length);
});
