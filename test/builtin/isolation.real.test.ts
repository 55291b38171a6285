import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBuiltin } from '../../src/providers/builtin.ts';
import { NEVER, hear } from '../providers/support.ts';
import { ENDPOINT, SMALL, type TestEngine, startEngine } from './engine.ts';

/** The engine's process has no network: attempts inside, and a look from outside while it works. */
describe('attempts inside, after the network was taken away', () => {
  let dir: string;
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  let port = 0;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'switchyard-isolation-'));
    await new Promise<void>((done) => {
      server.listen(0, '127.0.0.1', done);
    });
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(() => {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Runs a line of JavaScript in a process that begins as the engine's does, or as any other does. */
  const attempt = async (line: string, isolated = true): Promise<string> => {
    const isolate = resolve(import.meta.dirname, '../../src/builtin/isolate.ts');
    const file = join(dir, 'attempt.mjs');
    writeFileSync(
      file,
      `import { isolate } from ${JSON.stringify(isolate)};
       const port = ${port};
       ${isolated ? 'const open = isolate();' : 'const open = [];'}
       try { await (async () => { ${line} })(); console.log('done', open.length); } catch (error) { console.log('refused', error.message); }
       setTimeout(() => process.exit(0), 100);`,
    );
    const outfile = join(dir, 'bundle.mjs');
    await build({ entryPoints: [file], outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'error' });
    // Awaited, so that whatever connects is counted.
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [outfile]);
    return stdout + stderr;
  };

  const CONNECT =
    "const { connect } = await import('node:net'); await new Promise((ok, no) => connect(port, '127.0.0.1').on('connect', ok).on('error', no));";
  test('without it, the attempts arrive: they are real', async () => {
    expect(await attempt(CONNECT, false)).toContain('done');
    expect(connections).toBe(1);
    connections = 0;
  });

  test.each([
    ['net.connect', CONNECT],
    ['a socket by itself', "const net = await import('node:net'); new net.Socket().connect(port, '127.0.0.1');"],
    ['a server', "const net = await import('node:net'); net.createServer().listen(0);"],
    ['http.get', "const http = await import('node:http'); http.get({ port });"],
    ['https.request', "const https = await import('node:https'); https.request({ port });"],
    ['tls.connect', "const tls = await import('node:tls'); tls.connect(port);"],
    ['http2', "const http2 = await import('node:http2'); http2.connect(`http://127.0.0.1:${port}`);"],
    ['fetch', 'await fetch(`http://127.0.0.1:${port}`);'],
    ['WebSocket', 'new WebSocket(`ws://127.0.0.1:${port}`);'],
    ['a datagram', "const dgram = await import('node:dgram'); dgram.createSocket('udp4');"],
    ['a name', "const dns = await import('node:dns'); dns.lookup('localhost', () => {});"],
    ['a module by its other way', "process.getBuiltinModule('node:net');"],
    ['the binding below', "process.binding('tcp_wrap');"],
    ['another program', "const { execFileSync } = await import('node:child_process'); execFileSync('true');"],
    ['a worker', "const { Worker } = await import('node:worker_threads'); new Worker('', { eval: true });"],
  ])('%s', async (_, line) => {
    expect(await attempt(line)).toMatch(/^refused The process of the built-in engine has no network\./u);
    expect(connections).toBe(0);
  });
});

describe.runIf(process.platform === 'linux')('the process at work', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    process.env['HTTPS_PROXY'] = 'http://127.0.0.1:9';
    process.env['SWITCHYARD_TEST_SECRET'] = 'sk-secret';
    engine = await startEngine();
    await engine.add(SMALL);
  }, 600_000);
  afterAll(() => {
    delete process.env['HTTPS_PROXY'];
    delete process.env['SWITCHYARD_TEST_SECRET'];
    engine.stop();
  });

  test('has no socket but the channel to the editor, and nothing in its environment', async () => {
    const provider = createBuiltin();
    const [model] = (await provider.list(engine.line(), ENDPOINT, NEVER)).models;
    if (!model) throw new Error('no model');
    const looks: string[][] = [];
    let environment = '';
    let command = '';
    const wish = { model, prompt: 'Once upon a time', stops: [], maxTokens: 12, temperature: 0 };
    const heard = await hear(provider.complete(engine.line(), wish, NEVER), () => {
      const pid = engine.engine.pid();
      if (pid === undefined) return;
      looks.push(networkSockets(pid));
      environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    });
    expect(heard.error).toBeUndefined();
    expect(looks.length).toBeGreaterThan(3);
    expect(looks.flat()).toEqual([]);
    expect(environment).toContain('ELECTRON_RUN_AS_NODE=1');
    expect(environment).not.toMatch(/proxy|secret/iu);
    // Node's own fence, where this Node has it.
    expect(command.includes('--permission')).toBe(process.allowedNodeEnvironmentFlags.has('--permission'));
  });
});

/** The sockets of a process that are of any internet protocol, as the kernel lists them. */
function networkSockets(pid: number): string[] {
  const inodes = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });
  const kinds = ['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6'];
  const listed = new Set(
    kinds.flatMap((kind) =>
      readFileSync(`/proc/${pid}/net/${kind}`, 'utf8')
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/\s+/)[9] ?? ''),
    ),
  );
  return inodes.filter((inode) => listed.has(inode));
}
