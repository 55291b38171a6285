import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { startOllama, type OllamaServer } from './ollama.ts';
import { CHAT_MODEL, FIM_MODELS } from './ollamaModels.ts';

/** The server that the other tests rely on does what they rely on. */
let ollama: OllamaServer;
beforeAll(async () => {
  ollama = await startOllama({ models: [CHAT_MODEL, FIM_MODELS[0]] });
});
afterAll(() => ollama.stop());

const Tags = z.object({ models: z.array(z.object({ name: z.string(), capabilities: z.array(z.string()) })) });
const Chat = z.object({ message: z.object({ content: z.string() }), done: z.literal(true) });
const Completion = z.object({ response: z.string(), done_reason: z.string() });

async function post(path: string, body: object): Promise<unknown> {
  const answer = await fetch(ollama.url + path, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return answer.json();
}

test('it lists the models, and only the one with a suffix in its template can insert', async () => {
  const { models } = Tags.parse(await (await fetch(`${ollama.url}/api/tags`)).json());
  const insert = models.map(({ name, capabilities }) => [name, capabilities.includes('insert')]);
  expect(Object.fromEntries(insert)).toEqual({ [CHAT_MODEL]: false, [FIM_MODELS[0]]: true });
});

test('the chat model keeps the chat template of its file', async () => {
  const messages = [{ role: 'user', content: 'What is the capital of France?' }];
  const { message } = Chat.parse(
    await post('/api/chat', { model: CHAT_MODEL, messages, stream: false, options: { temperature: 0 } }),
  );
  expect(message.content).toContain('Paris');
});

test('it completes a raw prompt, survives a crash, and answers again', async () => {
  const request = {
    model: FIM_MODELS[0],
    prompt: '1 2 3 4 5 6',
    raw: true,
    stream: false,
    options: { num_predict: 4 },
  };
  const before = Completion.parse(await post('/api/generate', request));
  expect(before).toMatchObject({ done_reason: 'length' });
  const { pid } = ollama;
  await ollama.kill();
  await expect(fetch(`${ollama.url}/api/version`)).rejects.toThrow('fetch failed');
  await ollama.restart();
  expect(ollama.pid).not.toBe(pid);
  const after = Completion.parse(await post('/api/generate', request));
  expect(after.response.length).toBeGreaterThan(0);
});
