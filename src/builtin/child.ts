import process from 'node:process';
import { createEngine, type Engine } from './engine.ts';
import { failureOf } from './engineError.ts';
import { isolate } from './isolate.ts';
import { type ToHost, ToChild } from './messages.ts';
import { gpuOf, loadNative } from './native.ts';
import { createThreads } from './threads.ts';

/** The process of the built-in engine: a child of the extension host, without a network, that speaks by messages alone. */
const network = isolate();

/** Of what llama.cpp said: the latest, for the reason why a file cannot be loaded. */
const SAID = 20;
let said: string[] = [];
let engine: Engine | undefined;
const running = new Map<number, AbortController>();

function tell(message: ToHost): void {
  process.send?.(message);
}

function log(text: string): void {
  said = [...said.slice(1 - SAID), text];
  tell({ kind: 'log', text });
}

function saidLately(): string {
  const text = said.join('\n');
  said = [];
  return text;
}

/** Those who wait for the host to say how much memory can be had. */
let asking: ((bytes: number | undefined) => void)[] = [];

function memory(): Promise<number | undefined> {
  return new Promise((resolve) => {
    asking.push(resolve);
    tell({ kind: 'memory' });
  });
}

function hearMemory({ bytes }: Extract<ToChild, { kind: 'memory' }>): void {
  const all = asking;
  asking = [];
  for (const resolve of all) resolve(bytes);
}

async function start({ binary, threads: wanted, gpu }: Extract<ToChild, { kind: 'start' }>): Promise<void> {
  try {
    const native = await loadNative(binary, log);
    const most = wanted > 0 ? wanted : Math.max(1, Math.floor(native.getMathCores()));
    const found = gpu ? gpuOf(native) : undefined;
    const threads = createThreads(most);
    const changed = () => tell({ kind: 'loaded', models: engine?.loaded() ?? [] });
    engine = createEngine({ native, threads, gpu: found, saidLately, changed, memory });
    tell({ kind: 'ready', threads: most, network, ...(found !== undefined && { gpu: found }) });
  } catch (error) {
    tell({ kind: 'unusable', detail: error instanceof Error ? error.message : String(error) });
  }
}

async function answer(request: Exclude<ToChild, { kind: 'start' | 'cancel' | 'memory' }>): Promise<void> {
  const { id } = request;
  const abort = new AbortController();
  running.set(id, abort);
  try {
    if (!engine) throw new Error('The engine has not started.');
    await engine.handle(request, abort.signal, (frame) => tell({ kind: 'frame', id, frame }));
    tell({ kind: 'end', id });
  } catch (error) {
    tell({ kind: 'end', id, error: failureOf(error) });
  } finally {
    running.delete(id);
  }
}

process.on('message', (raw) => {
  const parsed = ToChild.safeParse(raw);
  if (!parsed.success) return log('A message of the host was not understood.');
  const message = parsed.data;
  if (message.kind === 'start') void start(message);
  else if (message.kind === 'memory') hearMemory(message);
  else if (message.kind === 'cancel') running.get(message.id)?.abort();
  else void answer(message);
});
// The editor has gone: so does its engine, whatever it is doing.
process.on('disconnect', () => process.exit(0));
