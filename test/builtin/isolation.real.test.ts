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
  const attempt = async (line: string, isolated = true, flags: readonly string[] = []): Promise<string> => {
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
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, outfile]);
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
    ['a name by promises', "const dns = await import('node:dns/promises'); await dns.lookup('localhost');"],
    ['a name by promises of dns', "const { promises } = await import('node:dns'); await promises.lookup('localhost');"],
    ['mail of a name', "const { resolveMx } = await import('node:dns'); resolveMx('localhost', () => {});"],
    ['a service', "const dns = await import('node:dns'); dns.lookupService('127.0.0.1', port, () => {});"],
    ['a resolver', "const { Resolver } = await import('node:dns'); new Resolver();"],
    ['a resolver of promises', "const { Resolver } = await import('node:dns/promises'); new Resolver();"],
    ['the debugger', "const { open } = await import('node:inspector'); open(0);"],
    ['the debugger by promises', "const { open } = await import('node:inspector/promises'); open(0);"],
    ['a session of the debugger', "const { Session } = await import('node:inspector'); new Session().connect();"],
    ['the debugger by a signal', 'process._debugProcess(process.pid);'],
    [
      'a client below http',
      "const { ClientRequest } = await import('node:_http_client'); new ClientRequest({ port });",
    ],
    ['a server below http', "const { Server } = await import('node:_http_server'); new Server().listen(0);"],
    ['an http2 server', "const http2 = await import('node:http2'); http2.createServer().listen(0);"],
    ['a cluster', "const cluster = await import('node:cluster'); cluster.default.fork();"],
    ['a child by hand', "const { ChildProcess } = await import('node:child_process'); new ChildProcess();"],
    ['a handle', "const net = await import('node:net'); net._createServerHandle('127.0.0.1', 0, 4);"],
    ['a module of promises by its other way', "process.getBuiltinModule('node:dns/promises');"],
    ['a module by its other way', "process.getBuiltinModule('node:net');"],
    ['the binding below', "process.binding('tcp_wrap');"],
    ['another program', "const { execFileSync } = await import('node:child_process'); execFileSync('true');"],
    ['a worker', "const { Worker } = await import('node:worker_threads'); new Worker('', { eval: true });"],
  ])('%s', async (_, line) => {
    expect(await attempt(line)).toMatch(/^refused The process of the built-in engine has no network\./u);
    expect(connections).toBe(0);
  });

  const PERMISSION = ['--permission', '--allow-fs-read=*'];
  test.runIf(process.allowedNodeEnvironmentFlags.has('--permission'))(
    'with Node’s own fence, too: it lets names through',
    async () => {
      const line = "const { lookup } = await import('node:dns/promises'); await lookup('localhost');";
      expect(await attempt(line, false, PERMISSION)).toMatch(/^done/u);
      expect(await attempt(line, true, PERMISSION)).toMatch(/^refused The process/u);
    },
  );

  test('nothing is left open, and that is said', async () => {
    expect(await attempt('', true)).toBe('done 0\n');
    // As a later Node may have it.
    const kept = "Object.defineProperty(globalThis, 'fetch', { value: fetch, configurable: false, writable: false });";
    expect(
      await attempt('console.log(open);', true, [`--import=data:text/javascript,${encodeURIComponent(kept)}`]),
    ).toBe("[ 'global.fetch' ]\ndone 1\n");
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
