import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { LedgerReader } from '../../../src/core/privacy/ledgerEntry.ts';
import { type VerificationReport, isHeld, markdownOf, verdictOf } from '../../../src/core/privacy/verification.ts';
import { writeExport } from '../../../src/editor/exportRequests.ts';
import { createLedger } from '../../../src/net/ledger.ts';
import { setUser, until } from './extension.ts';

const CLOUD = { id: 'cloud', label: 'Closed', protocol: 'openai', url: 'https://api.cloud.invalid/v1' };

describe('Verify Privacy', () => {
  afterEach(async () => {
    await setUser('switchyard.endpoints', undefined);
    await setUser('switchyard.networkHosts', undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('makes every attempt in the real window, and each is stopped by the rule that is meant to', async () => {
    const network = { id: 'gpu', label: 'GPU', protocol: 'ollama', url: 'http://gpu.corp.invalid:11434' };
    await setUser('switchyard.networkHosts', ['gpu.corp.invalid']);
    await setUser('switchyard.endpoints', [CLOUD, network]);
    const report = await vscode.commands.executeCommand<VerificationReport>('switchyard.verifyPrivacy');
    assert.deepEqual(
      report.results.filter((result) => !isHeld(result) || result.meant !== undefined),
      [],
    );
    assert.equal(verdictOf(report), 'held');
    const ids = report.results.map(({ id }) => id);
    for (const id of ['configured:cloud', 'disguised:cloud', 'configured:gpu', 'levelChange', 'alias:answer', 'page']) {
      assert.ok(ids.includes(id), id);
    }
    assert.equal(ids.length, report.attempts);
    assert.ok(report.lines >= ids.length - 2, `${report.lines} lines`);
    const text = markdownOf(report, '1.2.3');
    assert.match(text, /^\*\*All \d+ forbidden attempts were stopped, and nothing arrived\.\*\*/m);
    assert.equal(text.match(/^\| stopped \|/gm)?.length, ids.length);
    // The panel stays for the next run.
    const again = await vscode.commands.executeCommand<VerificationReport>('switchyard.verifyPrivacy');
    assert.equal(verdictOf(again), 'held');
  });

  it('ends when its tab is closed', async () => {
    await setUser('switchyard.endpoints', [CLOUD]);
    const running = vscode.commands.executeCommand<VerificationReport>('switchyard.verifyPrivacy');
    const tab = () =>
      vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ label }) => label === 'Verify Privacy');
    await vscode.window.tabGroups.close(await until('the tab is there', tab));
    const report = await running;
    assert.ok(report.results.every(isHeld));
  });
});

describe('the export of requests', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'switchyard-export-'));
  });
  afterEach(async () => rm(dir, { recursive: true, force: true }));

  const fill = async () => {
    const folder = join(dir, 'ledger');
    const ledger = createLedger(folder, () => Date.UTC(2026, 10, 24));
    await ledger.append({ phase: 'begin', id: 'a', task: 'chat', model: '=HYPERLINK("http://evil")', zone: 'device' });
    await ledger.append({ phase: 'end', id: 'a', task: 'chat', verdict: 'ok', reason: 'one, two\n"three"' });
    return { ledger, file: join(folder, '2026-11.jsonl') };
  };

  it('gives the lines of the ledger to the byte, and what the check of the chain says', async () => {
    const { ledger, file } = await fill();
    const target = join(dir, 'out.jsonl');
    const said = await writeExport(ledger, 'jsonl', vscode.Uri.file(target));
    assert.deepEqual(said, {
      kind: 'written',
      said: '2 lines were exported. The chain of hashes is intact (2 lines).',
    });
    const text = await readFile(target, 'utf8');
    const original = await readFile(file, 'utf8');
    assert.ok(text.startsWith(original));
    assert.match(text.slice(original.length), /^\{"exported":"[^"]+","verification":\{"intact":true,"lines":2\}\}\n$/);
    await writeFile(file, original.replace('"task":"chat"', '"task":"quiz"'));
    const broken = await writeExport(ledger, 'jsonl', vscode.Uri.file(target));
    assert.match(broken.kind === 'written' ? broken.said : '', /broken at 2026-11\.jsonl, line 1/);
    ledger.dispose();
  });

  it('gives a table in which no name becomes a formula', async () => {
    const { ledger } = await fill();
    const target = join(dir, 'out.csv');
    await writeExport(ledger, 'csv', vscode.Uri.file(target));
    const text = await readFile(target, 'utf8');
    assert.match(text, /^seq,time,phase,/);
    assert.match(text, /,"'=HYPERLINK\(""http:\/\/evil""\)",/);
    assert.match(text, /,"one, two\n""three""",/);
    assert.match(text, /,exported,.*The chain of hashes is intact \(2 lines\)\./);
    ledger.dispose();
  });
});

describe('an export that does not come to its end', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'switchyard-export-'));
  });
  afterEach(async () => rm(dir, { recursive: true, force: true }));

  const reader = (lines: () => AsyncIterable<string>): LedgerReader => ({
    lines,
    verify: async () => Promise.resolve({ intact: true, lines: 0 }),
    read: () => {
      throw new Error('not here');
    },
    onDidAppend: () => ({ dispose: () => undefined }),
  });
  const endless = async function* lines() {
    for (;;) yield await Promise.resolve('{}');
  };

  it('is cancelled in the midst of the lines, and leaves the old file as it was', async () => {
    const target = join(dir, 'out.jsonl');
    await writeFile(target, 'before');
    const stop = new AbortController();
    const exported = writeExport(reader(endless), 'jsonl', vscode.Uri.file(target), stop.signal, () => stop.abort());
    assert.deepEqual(await exported, { kind: 'cancelled' });
    assert.deepEqual([await readdir(dir), await readFile(target, 'utf8')], [['out.jsonl'], 'before']);
  });

  it('is cancelled while the chain is checked', async () => {
    const target = join(dir, 'out.jsonl');
    const stop = new AbortController();
    const ledger = { ...reader(endless), verify: async () => new Promise<never>(() => undefined) };
    setTimeout(() => stop.abort(), 10);
    const exported = await writeExport(ledger, 'jsonl', vscode.Uri.file(target), stop.signal);
    assert.deepEqual([exported, await readdir(dir)], [{ kind: 'cancelled' }, []]);
  });

  it('tells a place where nothing can be written from a ledger that cannot be read', async () => {
    const file = vscode.Uri.file(join(dir, 'no such folder', 'out.jsonl'));
    const exported = await writeExport(reader(endless), 'jsonl', file);
    assert.equal(exported.kind, 'failed');
    const unreadable = reader(async function* lines() {
      yield await Promise.resolve('{}');
      throw new Error('EIO: i/o error, read');
    });
    await assert.rejects(writeExport(unreadable, 'jsonl', vscode.Uri.file(join(dir, 'out.jsonl'))), /EIO/);
    assert.deepEqual(await readdir(dir), []);
  });
});

describe('Show Requests', () => {
  it('opens one tab, however often it is asked for', async () => {
    await vscode.commands.executeCommand('switchyard.showRequests');
    await vscode.commands.executeCommand('switchyard.showRequests');
    const count = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(isRequests).length;
    await until('the tab is there', () => count() > 0);
    assert.equal(count(), 1);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});

function isRequests({ label }: vscode.Tab): boolean {
  return label === 'Requests';
}
