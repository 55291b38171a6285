import { expect, test } from 'vitest';
import type { Entry } from '../../src/core/builtinWire.ts';
import { createBuiltin } from '../../src/providers/builtin.ts';
import { BUILTIN } from '../../src/core/routing/endpoints.ts';
import { NEVER, testLine } from '../providers/support.ts';

/** What is said of a file that cannot be used. */
test.each([
  [{ problem: 'it ends too early' }, 'Its file is damaged: it ends too early.'],
  [{ problem: 'It is no GGUF file.' }, 'Its file is damaged: It is no GGUF file.'],
  [{ problem: 'permission is missing', unreadable: true }, 'Its file cannot be read: permission is missing.'],
])('%j', async (problem, words) => {
  const entry: Entry = {
    name: 'model',
    origin: 'Ollama',
    own: false,
    digest: '1',
    sizeBytes: 1,
    fillsIn: false,
    chats: false,
    thinks: false,
    ...problem,
  };
  const line = testLine(() => Promise.resolve(Response.json({ version: '1', models: [entry] })));
  const { models } = await createBuiltin().list(line, BUILTIN, NEVER);
  expect(models.map(({ unusable }) => unusable)).toEqual([words]);
});
