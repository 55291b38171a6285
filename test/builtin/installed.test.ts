import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MARK, engineFolders, engineIn, findInstalled } from '../../src/builtin/installed.ts';
import { packagesFor } from '../../src/builtin/packages.ts';

let root: string;
let inside: string;
let later: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'switchyard-installed-'));
  [inside = '', later = ''] = engineFolders(join(root, 'extension'), join(root, 'storage'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(dir: string, name: string, version: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'addon.node'), '');
  writeFileSync(join(dir, MARK), JSON.stringify({ name, version, addon: 'addon.node' }));
}
const used = () => findInstalled([inside, later], '2.0.0')?.name;

test('one that was installed is used instead of the one inside, which may not know the GPU', () => {
  put(inside, 'processor', '2.0.0');
  expect(used()).toBe('processor');
  put(later, 'gpu', '2.0.0');
  expect(used()).toBe('gpu');
  expect(findInstalled([later], '2.0.0')?.dir).toBe(later);
});

test('one of another version, which an update has left, is not used, but can be removed', () => {
  put(later, 'gpu', '1.0.0');
  expect(used()).toBeUndefined();
  expect(engineIn(later)).toMatchObject({ name: 'gpu', version: '1.0.0' });
  put(inside, 'processor', '2.0.0');
  expect(used()).toBe('processor');
});

test('the version that is used is the one of the packages that are offered', () => {
  const [offer] = packagesFor('linux-x64');
  put(later, 'processor', offer?.version ?? '');
  expect(findInstalled([later])?.version).toBe(offer?.version);
});

test('half an engine is none', () => {
  put(later, 'gpu', '2.0.0');
  expect(used()).toBe('gpu');
  rmSync(join(later, 'addon.node'));
  expect(used()).toBeUndefined();
  put(inside, 'processor', '2.0.0');
  writeFileSync(join(later, MARK), '{"name":');
  expect(used()).toBe('processor');
});

test('an addon outside its folder is not loaded', () => {
  put(later, 'gpu', '2.0.0');
  writeFileSync(join(later, MARK), JSON.stringify({ name: 'gpu', version: '2.0.0', addon: '../addon.node' }));
  writeFileSync(join(later, '../addon.node'), '');
  expect(used()).toBeUndefined();
});
