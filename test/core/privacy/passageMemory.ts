import type { Passages } from '../../../src/core/privacy/passages.ts';
import { createRemembered } from '../../../src/core/privacy/remembered.ts';

/** The real memory of passages, without a disk under it. */
export function createPassageMemory(): Passages {
  const remembered = createRemembered([1, 2, 3, 4]);
  return {
    remember: async (texts, documents) => Promise.resolve(remembered.remember(texts, documents)),
    recall: async (texts, documents) => Promise.resolve(remembered.recall(texts, documents)),
    release: async (folders, texts) => Promise.resolve(remembered.release(folders, texts)),
  };
}
