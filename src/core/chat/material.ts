import type { Material } from '../privacy/screen.ts';
import type { Message } from './thread.ts';

/** What a request with these messages is made from, for the screen: each text whole, and with its place. */
export function materialOf(messages: readonly Message[]): readonly Material[] {
  return messages.flatMap((message, index): readonly Material[] => {
    if (message.role === 'assistant') return [{ label: 'an earlier answer', text: message.text }];
    const label = index === messages.length - 1 ? 'your question' : 'an earlier question';
    const passages = message.passages.map(({ uri, name, lines, text }): Material => ({
      label: name,
      uri,
      firstLine: lines[0],
      text,
    }));
    return [{ label, text: message.text }, ...passages];
  });
}
