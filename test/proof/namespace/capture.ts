import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run, start } from '../../setup/child.ts';

/** What tcpdump saw on every interface of the namespace between `startCapture` and `stop`. */
export interface Captured {
  /** Packets from loopback to loopback: the capture was awake. */
  readonly loopback: number;
  /** Every other packet, one line each, whichever process sent it. */
  readonly outside: readonly string[];
  /** Packets that the kernel could not hand to tcpdump: with any of them the capture proves nothing. */
  readonly dropped: number;
}

export interface Capture {
  /** Waits for stragglers, ends, and writes `out/proof/NAME.txt`. */
  stop(): Promise<Captured>;
}

const OUT = resolve('out/proof');
const LOOPBACK = '(src net 127.0.0.0/8 and dst net 127.0.0.0/8) or (src host ::1 and dst host ::1)';
/** Milliseconds in which what was under way arrives, a second try of a look-up included. */
const STRAGGLERS_MS = 2000;

export async function startCapture(name: string): Promise<Capture> {
  mkdirSync(OUT, { recursive: true });
  const file = join(OUT, `${name}.pcap`);
  const said: string[] = [];
  let listens: () => void = () => {};
  const listening = new Promise<void>((done) => {
    listens = done;
  });
  // Headers are enough, and what is on loopback is a lot; 64 MiB of buffer, so that none is dropped.
  const args = ['-i', 'any', '-n', '-U', '-s', '128', '-B', '65536', '-Z', 'root', '-w', file];
  const tcpdump = start('tcpdump', args, {
    onLine(line) {
      said.push(line);
      if (line.includes('listening on')) listens();
    },
  });
  const ended = tcpdump.exited.then((code) => {
    throw new Error(`tcpdump ended with ${code}: ${said.join(' ')}`);
  });
  ended.catch(() => undefined);
  await Promise.race([listening, ended]);
  return {
    async stop() {
      await new Promise((done) => setTimeout(done, STRAGGLERS_MS));
      await tcpdump.stop();
      const dropped = Number(/(\d+) packets? dropped by kernel/.exec(said.join('\n'))?.[1] ?? Number.NaN);
      const loopback = Number(/^(\d+) packets?$/m.exec(await read(file, '--count', LOOPBACK))?.[1] ?? Number.NaN);
      const outside = (await read(file, `not (${LOOPBACK})`)).split('\n').filter((line) => /^\d\d:\d\d:/.test(line));
      const figures = `${name}: ${loopback} packets on loopback, ${outside.length} outside, ${dropped} dropped`;
      writeFileSync(join(OUT, `${name}.txt`), `${[figures, ...outside].join('\n')}\n`);
      // Read by the launcher from the output as it is.
      console.log(figures);
      return { loopback, outside, dropped };
    },
  };
}

async function read(file: string, ...args: readonly string[]): Promise<string> {
  return (await run('tcpdump', ['-n', '-r', file, ...args])).output;
}
