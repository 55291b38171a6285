/** A stretch of a streamed answer: what the model says, or what it thinks before saying it. */
export interface Stretch {
  readonly kind: 'text' | 'thinking';
  readonly text: string;
}

export interface ThinkingSplitter {
  /** Takes the next characters of the answer; gives what is certain so far. */
  push(text: string): readonly Stretch[];
  /** Gives what was held back, once the answer is complete. */
  end(): readonly Stretch[];
}

const OPENERS: Readonly<Record<string, string>> = { '<think>': '</think>', '<thinking>': '</thinking>' };

/**
 * Separates thoughts that a model writes inline, as `<think>…</think>` at the very start of its answer, from the answer.
 * A tag further down is text: the model may be writing about tags. Works on any cut of the stream and holds back no more
 * characters than a tag has.
 */
export function createThinkingSplitter(): ThinkingSplitter {
  let state: 'start' | 'thinking' | 'gap' | 'text' = 'start';
  let closer = '';
  let begun = false;
  let held = '';

  const step = (done: boolean): Stretch[] => {
    if (state === 'start') {
      const start = held.trimStart();
      const opener = Object.keys(OPENERS).find((tag) => start.startsWith(tag));
      if (opener !== undefined) {
        state = 'thinking';
        closer = OPENERS[opener] ?? '';
        held = start.slice(opener.length);
        return step(done);
      }
      if (!done && Object.keys(OPENERS).some((tag) => tag.startsWith(start))) return [];
      state = 'text';
    }
    if (state === 'thinking') {
      if (!begun) held = held.trimStart();
      begun ||= held !== '';
      const at = held.indexOf(closer);
      if (at >= 0) {
        const thought = held.slice(0, at);
        held = held.slice(at + closer.length);
        state = 'gap';
        return [...stretch('thinking', thought.trimEnd()), ...step(done)];
      }
      // Trailing white space waits too: before the closing tag it is no part of the thought.
      const keep = done ? 0 : overlap(held, closer);
      const sure = held.slice(0, held.length - keep).trimEnd();
      held = done ? '' : held.slice(sure.length);
      return stretch('thinking', sure);
    }
    if (state === 'gap') {
      held = held.trimStart();
      if (held === '') return [];
      state = 'text';
    }
    const text = held;
    held = '';
    return stretch('text', text);
  };

  return {
    push(text) {
      held += text;
      return step(false);
    },
    end: () => step(true),
  };
}

function stretch(kind: Stretch['kind'], text: string): Stretch[] {
  return text === '' ? [] : [{ kind, text }];
}

/** Length of the longest end of `text` that begins `tag`. */
function overlap(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length--) {
    if (tag.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
