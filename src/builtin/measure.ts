import type { Measured } from '../core/builtinWire.ts';
import type { NativeModel } from './native.ts';
import type { Generation, Outcome } from './sequence.ts';

/** Tokens of the prompt and of the answer that are measured. */
const PROMPT = 256;
const ANSWER = 32;

/** Reads a prompt and writes an answer, and tells how fast; then types on, as a completion does. */
export async function measure(
  model: NativeModel,
  run: (wish: Generation) => Promise<Outcome>,
): Promise<Pick<Measured, 'prefill' | 'decode' | 'firstTokenMs'>> {
  const line = 'const total = items.reduce((sum, item) => sum + item.price, 0);\n';
  const tokens = model.tokenize(line.repeat(40), false);
  const wish = (prompt: Uint32Array, maxTokens: number) => ({ prompt, stops: [], maxTokens, temperature: 0 });
  // Another beginning first: what is in memory from earlier must not count.
  await run(wish(tokens.subarray(1, 3), 1));
  const first = await run(wish(tokens.subarray(0, PROMPT), ANSWER));
  // Three tokens more than what is in memory: the time to the first token of a completion while somebody types.
  const typedOn = await run(wish(tokens.subarray(0, PROMPT + 3), 1));
  return {
    prefill: rate(first.promptTokens - first.cachedTokens, first.promptMs),
    decode: rate(first.outputTokens, first.outputMs),
    firstTokenMs: Math.round((typedOn.promptMs + typedOn.outputMs) * 10) / 10,
  };
}

function rate(tokens: number, ms: number): number {
  return Math.round((tokens / Math.max(0.001, ms)) * 10_000) / 10;
}
