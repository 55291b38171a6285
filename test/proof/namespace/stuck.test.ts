import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Model } from '../../../src/core/model.ts';
import { isRefusal } from '../../../src/core/outcome.ts';
import type { ChatRequest } from '../../../src/core/provider.ts';
import { createOllama } from '../../../src/providers/ollama.ts';
import { freeingRoadOf, roadOf } from '../../providers/realRoad.ts';
import { NEVER, endpointAt, hear, testLine } from '../../providers/support.ts';
import { type OllamaServer, startOllama } from '../../setup/ollama.ts';
import { CHAT_MODEL } from '../../setup/ollamaModels.ts';

/**
 * A real Ollama that has lost a model, and how Switchyard gets it back. It is here because only a network namespace of our
 * own has a TCP so narrow that the server surely waits with a piece in its hand when its client goes.
 */
const BUFFERS = ['/proc/sys/net/ipv4/tcp_rmem', '/proc/sys/net/ipv4/tcp_wmem'];

let ollama: OllamaServer;
let model: Model;
const log: string[] = [];
const provider = createOllama();
const plain = roadOf(provider);
const freeing = freeingRoadOf(provider, testLine(), (text) => log.push(text));

beforeAll(async () => {
  ollama = await startOllama({ models: [CHAT_MODEL] });
}, 180_000);
afterAll(() => ollama?.stop());

async function list(): Promise<Model> {
  const { models } = await provider.list(testLine(), endpointAt(ollama.url, 'ollama'), NEVER);
  const found = models.find(({ name }) => name === CHAT_MODEL);
  if (!found) throw new Error(`${CHAT_MODEL} is not there`);
  return found;
}

async function ask(road: typeof plain, signal: AbortSignal): Promise<string> {
  const request: ChatRequest = {
    model,
    think: false,
    messages: [{ role: 'user', text: 'Say hello.' }],
    maxTokens: 8,
    temperature: 0,
  };
  const answer = await road.chat(request, [{ kind: 'window' }], signal);
  if (isRefusal(answer)) throw new Error(answer.reason);
  const { text, error } = await hear(answer);
  if (error instanceof Error) throw error;
  return text;
}

/** Does not read an answer until it waits all the way back, says goodbye, and goes. */
async function lose(): Promise<void> {
  const before = BUFFERS.map((file) => readFileSync(file, 'utf8'));
  for (const file of BUFFERS) writeFileSync(file, '4096 4096 4096');
  try {
    const body = JSON.stringify({
      model: CHAT_MODEL,
      prompt: 'Once upon a time',
      raw: true,
      options: { num_predict: 4000, temperature: 0 },
    });
    const socket = connect(Number(new URL(ollama.url).port), '127.0.0.1').pause();
    socket.on('error', () => undefined);
    socket.write(
      `POST /api/generate HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await sleep(3_000);
    socket.end();
    await sleep(500);
    socket.destroy();
  } finally {
    for (const [index, file] of BUFFERS.entries()) writeFileSync(file, before[index] ?? '');
  }
}

it('a model that Ollama has lost is freed, and answers', async () => {
  model = await list();
  expect(await ask(plain, NEVER)).toMatch(/\S/u);
  model = await list();
  await lose();
  await expect(ask(plain, AbortSignal.timeout(5_000))).rejects.toMatchObject({ kind: 'timedOut' });
  await expect(ask(plain, AbortSignal.timeout(5_000))).rejects.toMatchObject({ kind: 'timedOut' });
  expect(await ask(freeing, NEVER)).toMatch(/\S/u);
  expect(log).toEqual([expect.stringMatching(/^\S+ has not answered for \d+ s: it is unloaded, and asked again\.$/u)]);
}, 120_000);
