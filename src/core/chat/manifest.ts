import { type ReadingCost, readingCost } from '../guide/cost.ts';
import type { Model } from '../model.ts';
import { type Fitted, estimateTokens } from './budget.ts';
import type { Message, Passage } from './thread.ts';

/** One text in a request. */
export interface Entry {
  readonly label: string;
  /** Of the document that it is from, where it is from one. */
  readonly passage?: Passage;
  readonly characters: number;
  /** Estimated, on the high side. */
  readonly tokens: number;
}

/** What a request sends, and where to. */
export interface Manifest {
  readonly model: Model;
  /** Host and port, as configured. */
  readonly host: string;
  readonly entries: readonly Entry[];
  /** Of everything that is sent, templates and instructions included. */
  readonly characters: number;
  readonly tokens: number;
  /** Where the list price is known. */
  readonly cost?: ReadingCost;
  /** What was left out to fit the context, in words. */
  readonly omitted?: string;
}

export function manifestOf(model: Model, { messages, from, omitted }: Fitted): Manifest {
  const texts = messages.map(({ text }) => text);
  const sum = (count: (text: string) => number) => texts.reduce((total, text) => total + count(text), 0);
  const host = URL.canParse(model.endpoint.url) ? new URL(model.endpoint.url).host : model.endpoint.url;
  const tokens = sum(estimateTokens);
  const cost = readingCost(model, tokens);
  return {
    model,
    host,
    entries: from.flatMap((message, index) => entriesOf(message, index === from.length - 1)),
    characters: sum((text) => text.length),
    tokens,
    ...(cost && { cost }),
    ...(omitted !== undefined && { omitted }),
  };
}

/** A passage is listed whole, also where its middle is left out to fit. */
function entriesOf(message: Message, last: boolean): readonly Entry[] {
  const entry = (label: string, text: string): Entry => ({
    label,
    characters: text.length,
    tokens: estimateTokens(text),
  });
  if (message.role === 'assistant') return [entry('An earlier answer', message.text)];
  const passages = message.passages.map((passage) => ({ ...entry(passage.name, passage.text), passage }));
  const words = message.text === '' ? [] : [entry(last ? 'Your question' : 'An earlier question', message.text)];
  return [...passages, ...words];
}
