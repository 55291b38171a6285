import { afterAll, beforeAll, expect, test } from 'vitest';
import { lengthCheck, longHole } from '../../../src/core/completion/checks.ts';
import { examine } from '../../../src/core/completion/doctor.ts';
import { ask } from '../../../src/core/completion/probe.ts';
import { profileOf } from '../../../src/core/completion/profiles.ts';
import type { Send } from '../../../src/core/completion/run.ts';
import type { Model } from '../../../src/core/model.ts';
import { isRefusal } from '../../../src/core/outcome.ts';
import { createOllama } from '../../../src/providers/ollama.ts';
import { NEVER, endpointAt, kindOf, testLine } from '../../providers/support.ts';
import { type OllamaServer, startOllama } from '../../setup/ollama.ts';
import { CHAT_MODEL, FIM_MODELS } from '../../setup/ollamaModels.ts';

/**
 * The doctor on a real Ollama. The small model was not trained to fill in the middle, whatever name it bears; so what is
 * looked at is that the doctor finds that out, by requests that the server takes.
 */
let own: OllamaServer | undefined;
let url: string;
beforeAll(async () => {
  const shared = process.env['SWITCHYARD_TEST_OLLAMA'];
  if (shared === undefined) own = await startOllama({ models: [CHAT_MODEL, FIM_MODELS[0]] });
  url = own?.url ?? shared ?? '';
}, 1_800_000);
afterAll(() => own?.stop());

const provider = createOllama();
const road: Send = {
  complete: async (request, _, signal) => Promise.resolve(provider.complete(testLine(), request, signal)),
  chat: async (request, _, signal) => Promise.resolve(provider.chat(testLine(), request, signal)),
};

async function theModel(name: string): Promise<Model> {
  const { models } = await provider.list(testLine(), endpointAt(url, 'ollama'), NEVER);
  const model = models.find((each) => each.name === name);
  if (!model) throw new Error(`${name} is not there.`);
  return model;
}
const examined = async (model: Model, signal = NEVER) =>
  examine({ model, profile: profileOf(model), contextTokens: 1536 }, { send: road }, signal);
/** On a machine that may be busy. */
const SLOW = { timeout: 300_000 };

test('finds out a model whose name promises too much', SLOW, async () => {
  const found = await examined(await theModel(FIM_MODELS[0]));
  if (isRefusal(found)) throw new Error(found.reason);
  expect(found.healthy).toBe(false);
  expect(found.checks[0]?.text).toBe('That of qwen-coder, by the model’s name.');
  expect(found.checks[1]?.outcome).toBe('bad');
  expect(found.remedies).toContainEqual({ kind: 'switchModel' });
  // Every form was taken by the server, raw: the markers are all that was added to the known text.
  const { exchanges } = found;
  expect(exchanges.length).toBeGreaterThan(3);
  for (const { error, usage, prompt } of exchanges) {
    expect(error).toBeUndefined();
    expect(usage?.promptTokens).toBeLessThan(prompt.length);
  }
});

test('finds out that a prompt is longer than what the server takes', SLOW, async () => {
  const model = await theModel(FIM_MODELS[0]);
  const profile = profileOf(model);
  const exchange = await ask(model, profile, road, NEVER, longHole(12_000));
  if (isRefusal(exchange)) throw new Error(exchange.reason);
  expect(kindOf(exchange.error)).toBe('contextTooLong');
  const { check, remedy } = lengthCheck(model, exchange, 12_000);
  expect(check.outcome).toBe('bad');
  if (remedy?.kind !== 'smallerPrompts') throw new Error('no smaller prompts');
  // The size that it would set is one that the server takes: it reads on instead of refusing at once.
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 3000);
  const again = await ask(model, profile, road, abort.signal, longHole(remedy.tokens)).catch(() => undefined);
  expect(again && !isRefusal(again) ? again.error : again).toBeUndefined();
});

test('can be stopped', SLOW, async () => {
  const model = await theModel(CHAT_MODEL);
  const abort = new AbortController();
  const running = examined(model, abort.signal);
  setTimeout(() => abort.abort(), 50);
  await expect(running).rejects.toThrow('abort');
});
