import { profileOf } from '../../../src/core/completion/profiles.ts';
import { isRefusal } from '../../../src/core/outcome.ts';
import type { EditorState, Item, SubjectKind } from './subject.ts';

/**
 * The reference: what a completion extension is when it is written in an afternoon. 300 ms of its own after the editor's
 * 50, a window of 1,024 tokens that slides with the cursor, no memory, the old request aborted when a new one begins, and
 * the model's text as it came, up to the end of the line, or on a blank line to the next blank one.
 */
const DEBOUNCE_MS = 300;
const CHARACTERS_PER_TOKEN = 3.5;
const PREFIX_CHARACTERS = Math.floor(1_024 * 0.7 * CHARACTERS_PER_TOKEN);
const SUFFIX_CHARACTERS = Math.floor(1_024 * 0.3 * CHARACTERS_PER_TOKEN);
const MAX_TOKENS = 128;

export const naive: SubjectKind = {
  name: 'naive',
  create({ send, clock, model }) {
    const profile = profileOf(model);
    if (profile === 'holeFilling') throw new Error('the reference knows no chat form');
    const [open, between, close] = profile.frame;
    let running: AbortController | undefined;

    return {
      async provide(state, token) {
        const quiet = await new Promise<boolean>((resolve) => {
          const timer = clock.after(DEBOUNCE_MS, () => resolve(true));
          token.addEventListener('abort', () => {
            timer.dispose();
            resolve(false);
          });
        });
        if (!quiet) return undefined;
        running?.abort();
        const own = new AbortController();
        running = own;
        token.addEventListener('abort', () => own.abort());
        const { prefix, suffix, lineBefore } = windowOf(state);
        const stops = [...profile.stops, lineBefore.trim() === '' ? '\n\n' : '\n'];
        const prompt = open + prefix + between + suffix + close;
        const request = { model, prompt, stops, maxTokens: MAX_TOKENS, temperature: 0 };
        const answer = await send.complete(request, [{ kind: 'window' }], own.signal);
        if (isRefusal(answer)) return undefined;
        let text = '';
        for await (const piece of answer) {
          if (piece.kind === 'text') text += piece.text;
          if (piece.kind === 'end' && piece.reason === 'cancelled') return undefined;
        }
        return text.trim() === '' ? undefined : ({ text, replaces: 0 } satisfies Item);
      },
      dispose: () => running?.abort(),
    };
  },
};

function windowOf({ text, cursor }: EditorState): { prefix: string; suffix: string; lineBefore: string } {
  const line = text.line(cursor.line);
  const lineBefore = line.slice(0, cursor.character);
  let prefix = lineBefore;
  for (let at = cursor.line - 1; at >= 0 && prefix.length < PREFIX_CHARACTERS; at--)
    prefix = `${text.line(at)}\n${prefix}`;
  let suffix = line.slice(cursor.character);
  for (let at = cursor.line + 1; at < text.lineCount && suffix.length < SUFFIX_CHARACTERS; at++) {
    suffix = `${suffix}\n${text.line(at)}`;
  }
  return { prefix: prefix.slice(-PREFIX_CHARACTERS), suffix: suffix.slice(0, SUFFIX_CHARACTERS), lineBefore };
}
