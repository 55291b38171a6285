import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TASKS } from '../../src/core/privacy/policy.ts';

/** Ways in that do not exist, and the table of the tests that try those that do. */

const ROOT = resolve(import.meta.dirname, '../..');
const sources = globSync('src/**/*.ts', { cwd: ROOT }).map((name) => ({
  name,
  text: readFileSync(join(ROOT, name), 'utf8'),
}));
const table = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
const Manifest = z.looseObject({
  contributes: z.record(z.string(), z.unknown()),
  activationEvents: z.array(z.string()),
});

/** Sources that hold a text. */
function naming(text: string | RegExp): string[] {
  return sources.filter((each) => each.text.search(text) >= 0).map(({ name }) => name);
}

describe('there is no way in', () => {
  it('for an address that another program opens (URI handler), a task, a debugger, a terminal profile or a tool', () => {
    const entrances =
      /register(UriHandler|TaskProvider|DebugConfigurationProvider|TerminalProfileProvider|McpServerDefinitionProvider)\(|lm\.registerTool\(/;
    expect(naming(entrances)).toEqual([]);
    const manifest = Manifest.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
    expect(manifest.activationEvents).toEqual(['onStartupFinished']);
    const doors = /^(taskDefinitions|debuggers|terminal|languageModelTools|mcpServerDefinitionProviders)$/;
    expect(Object.keys(manifest.contributes).filter((key) => doors.test(key))).toEqual([]);
  });

  it('for another extension that asks ours for an API', () => {
    const activate = /export (async )?function activate\([^)]*\): (Promise<)?void/;
    expect(naming(activate)).toEqual(['src/extension.ts']);
  });

  it('past the road: a line is opened where everything is put together, and nowhere else', () => {
    const opens = naming(/\.open\(clearance\)|createDoor\(/).filter((name) => !name.startsWith('src/net/'));
    expect(opens).toEqual(['src/extension.ts']);
    expect(naming(/\bpolicy\.clear\(/).filter((name) => !CLEARS.test(name))).toEqual([]);
  });
});

/** Who may ask the policy for a clearance: the road, and what shows that it says no. */
const CLEARS = /^src\/(core\/routing\/road|net\/verify\w+)\.ts$/;

describe('the table of README.md', () => {
  const rows = table.split('\n').filter((line) => /^\| [1-6]\.\d+ /.test(line));
  const named = [...table.matchAll(/`(test\/[^`]+\.ts)`: “([^”]+)”/g)].map(([, file = '', name = '']) => ({
    file,
    name,
  }));

  it('has a test in each row', () => {
    expect(rows.length).toBeGreaterThanOrEqual(40);
    expect(rows.filter((row) => !/`test\/[^`]+\.ts`: “/.test(row))).toEqual([]);
  });

  it.each(named)('$file: $name', ({ file, name }) => {
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(name);
  });

  it('knows every kind of request', () => {
    const listed = /^Kinds of requests: (.+)\.$/m.exec(table)?.[1]?.split(', ');
    expect(listed?.toSorted()).toEqual(TASKS.map((task) => `\`${task}\``).toSorted());
  });
});
