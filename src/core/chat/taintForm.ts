import * as z from 'zod/mini';
import { LEVELS } from '../privacy/level.ts';
import { addTaint } from './taint.ts';
import type { Passage, Thread } from './thread.ts';

/** The form of a taint on the disk; forms from before there were places have none. */
export const TaintForm = z.object({
  folder: z.exactOptional(z.string()),
  place: z.exactOptional(z.string()),
  level: z.enum(LEVELS),
});

/**
 * A thread from before there were places, which answers to the places of its passages as well: as strict as it was, and
 * stricter where such a place is.
 */
export function withPlaces(thread: Thread): Thread {
  const earlier = (passage: Passage) =>
    !passage.uri.startsWith('untitled:') && !passage.taint.some(({ place }) => place !== undefined);
  const messages = thread.messages.map((message) => {
    if (message.role !== 'user' || !message.passages.some(earlier)) return message;
    const passages = message.passages.map((passage): Passage => {
      const place = { place: passage.uri, level: 'open' } as const;
      return earlier(passage) ? { ...passage, taint: addTaint(passage.taint, [place]) } : passage;
    });
    return { ...message, passages };
  });
  const passages = messages.flatMap((message) => (message.role === 'user' ? message.passages : []));
  const places = passages.flatMap(({ taint }) => taint.filter(({ place }) => place !== undefined));
  return { ...thread, messages, taint: addTaint(thread.taint, places) };
}
