import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { findInstalled } from '../../src/builtin/installed.ts';
import { createEngineKeeper } from '../../src/builtin/keeper.ts';
import type { EngineKeeper, EngineOutcome } from '../../src/core/engineKeeper.ts';
import type { Endpoint } from '../../src/core/model.ts';
import { createPolicy } from '../../src/core/privacy/policy.ts';
import { isRefusal } from '../../src/core/outcome.ts';
import { createDoor } from '../../src/net/door.ts';
import { createLedger } from '../../src/net/ledger.ts';
import { type Registry, startRegistry } from '../peers/registry.ts';
import { type Engine, ensureEngine } from '../setup/engine.ts';

/** The real package, from a registry on this machine, through a real door with a real ledger. */
let real: Engine;
beforeAll(async () => {
  real = await ensureEngine();
}, 600_000);

let dir: string;
let registry: Registry;
let keeper: EngineKeeper;
let ended = 0;
let level: 'private' | 'open' = 'private';
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-install-'));
  registry = await startRegistry(`/@node-llama-cpp/${real.name}/-/${real.name}-${real.version}.tgz`, real.archive);
  keeper = keeperAt(registry.url, 'device');
  level = 'private';
  ended = 0;
});
afterEach(async () => {
  await registry.stop();
  rmSync(dir, { recursive: true, force: true });
});

function keeperAt(url: string, zone: Endpoint['zone']): EngineKeeper {
  const source: Endpoint = {
    id: 'engine-source',
    label: 'The npm registry',
    protocol: 'openai',
    url,
    zone,
    needsKey: false,
  };
  const policy = createPolicy(() => ({ level, reasons: [] }));
  const door = createDoor({
    policy,
    ledger: createLedger(join(dir, 'ledger')),
    keys: () => Promise.resolve(undefined),
    endpoints: () => [source],
    networkHosts: () => [],
    cloudFetch: () => Promise.reject(new Error('no cloud here')),
  });
  return createEngineKeeper({
    dir: join(dir, 'engine'),
    models: join(dir, 'models'),
    platform: `${process.platform}-${process.arch}`,
    installed: () => findInstalled([join(dir, 'engine')]),
    source: () => source,
    async open(to) {
      const cleared = policy.clear({ task: 'install', endpoint: to, sources: [{ kind: 'window' }] });
      return isRefusal(cleared) ? cleared : door.open(cleared);
    },
    measure: () => Promise.reject(new Error('nothing is measured here')),
    end: () => (ended += 1),
    changed: () => undefined,
  });
}

const NEVER = new AbortController().signal;
/** What was said of an installation that failed. */
const words = (outcome: EngineOutcome) => ('text' in outcome ? outcome.text : outcome.outcome);
const install = async (signal = NEVER, each: (bytes: number) => void = () => undefined): Promise<EngineOutcome> => {
  const offer = (await keeper.offers()).find(({ name }) => name.endsWith(`/${real.name}`));
  if (!offer) throw new Error('no offer');
  return keeper.install(offer, signal, ({ completedBytes = 0 }) => each(completedBytes));
};
const begun = async () => {
  const offer = (await keeper.offers()).find(({ name }) => name.endsWith(`/${real.name}`));
  return offer ? keeper.begun(offer) : 0;
};
/** What lies in the folder besides the ledger. */
const left = () => readdirSync(dir).filter((name) => name !== 'ledger');

test('fetches, checks and unpacks the package, and removes it again', async () => {
  expect(await install()).toEqual({ outcome: 'installed' });
  const there = keeper.installed();
  expect(there).toMatchObject({ name: `@node-llama-cpp/${real.name}`, version: real.version });
  const { binary = '' } = findInstalled([join(dir, 'engine')]) ?? {};
  expect(readFileSync(binary).equals(readFileSync(real.binary))).toBe(true);
  expect(left()).toEqual(['engine']);
  expect(registry.asked).toHaveLength(1);
  const ledger = readdirSync(join(dir, 'ledger'))
    .map((name) => readFileSync(join(dir, 'ledger', name), 'utf8'))
    .join('');
  expect(ledger).toContain('"task":"install"');
  await keeper.remove();
  expect(keeper.installed()).toBeUndefined();
  expect(left()).toEqual([]);
  expect(ended).toBe(2);
});

test('goes on where the connection broke', async () => {
  registry.fault({ kind: 'break', after: 2_000_000 });
  expect(words(await install())).toMatch(/^The connection broke.*kept/u);
  expect(keeper.installed()).toBeUndefined();
  const bytes = await begun();
  expect(bytes).toBeGreaterThan(100_000);
  registry.fault(undefined);
  expect(await install()).toEqual({ outcome: 'installed' });
  expect(registry.asked.map(({ range }) => range)).toEqual([undefined, `bytes=${bytes}-`]);
});

test('begins anew where the registry knows no ranges', async () => {
  registry.fault({ kind: 'break', after: 2_000_000 });
  await install();
  registry.fault({ kind: 'noRanges' });
  expect(await install()).toEqual({ outcome: 'installed' });
});

test('stops when the user cancels, and keeps what has arrived', async () => {
  registry.fault({ kind: 'stall', after: 1_000_000 });
  const abort = new AbortController();
  expect(await install(abort.signal, (bytes) => bytes > 500_000 && abort.abort())).toEqual({ outcome: 'cancelled' });
  expect(await begun()).toBeGreaterThan(500_000);
  expect(keeper.installed()).toBeUndefined();
});

test('throws away what has another hash', async () => {
  registry.fault({ kind: 'tamper' });
  expect(await install()).toEqual({
    outcome: 'failed',
    text: 'What came has another hash than the package has, and was thrown away. Nothing was installed.',
  });
  expect(left()).toEqual([]);
});

test('says what the registry answered', async () => {
  registry.fault({ kind: 'status', status: 404 });
  expect(words(await install())).toMatch(/^The registry answered 404 for @node-llama-cpp/u);
  await registry.stop();
  expect(words(await install())).toMatch(/^The registry cannot be reached/u);
  expect(left()).toEqual([]);
});

test('asks no registry beyond this machine in a private window', async () => {
  keeper = keeperAt('https://registry.npmjs.org', 'cloud');
  expect(await install()).toMatchObject({ outcome: 'refused', rule: 'level:private' });
  expect(left()).toEqual([]);
});

test('takes the archive from a file, and no other file', async () => {
  expect(await keeper.installFile(real.archive, NEVER, () => undefined)).toEqual({ outcome: 'installed' });
  expect(keeper.installed()?.version).toBe(real.version);
  const other = join(dir, 'other.tgz');
  writeFileSync(other, 'something else');
  expect(words(await keeper.installFile(other, NEVER, () => undefined))).toMatch(
    /^The file is no package of the engine for this machine: it takes the npm archive of /u,
  );
  expect(keeper.installed()?.version).toBe(real.version);
});

test.runIf(existsSync('/dev/full'))('says that the disk is full, and leaves nothing', async () => {
  const { symlinkSync } = await import('node:fs');
  const { partPath } = await import('../../src/builtin/install.ts');
  const { packagesFor } = await import('../../src/builtin/packages.ts');
  const wanted = packagesFor(`${process.platform}-${process.arch}`).find(({ name }) => name.endsWith(`/${real.name}`));
  if (!wanted) throw new Error('no package');
  // Everything that is written there meets a full disk.
  symlinkSync('/dev/full', partPath(join(dir, 'engine'), wanted));
  expect(await install()).toEqual({ outcome: 'failed', text: 'The disk is full. Nothing was installed.' });
  expect(left()).toEqual([]);
});

test('has nothing for a machine that no package is made for', async () => {
  const { packagesFor } = await import('../../src/builtin/packages.ts');
  expect(packagesFor('sunos-sparc')).toEqual([]);
  expect(packagesFor('darwin-arm64').map(({ words }) => words)).toEqual(['the GPU by Metal']);
});
