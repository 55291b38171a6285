import type { Answer } from '../../../src/core/chat/thread.ts';

export function answerOf(text: string, more: Partial<Answer> = {}): Answer {
  return { role: 'assistant', id: 'a', text, thinking: '', state: { kind: 'complete' }, ...more };
}
