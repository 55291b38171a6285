import { type Profile, profileOf } from '../../../src/core/completion/profiles.ts';
import type { CompleteRequest } from '../../../src/core/provider.ts';
import { isRefusal } from '../../../src/core/outcome.ts';
import type { EditorState, Item, Subject, SubjectKind, World } from './subject.ts';

/**
 * Imitations of how two others work, after what was read of their sources (completion.md section 2): their waits, windows and
 * stops, and what they keep. They tell where the orders of magnitude lie; they are not those products, and the server here
 * has no `--cache-reuse`, which llama.vscode asks its users to turn on.
 */

/** Continue, 2026-06: 350 ms, 1,024 tokens of which 30 % before the cursor and 20 % after, the generation under way reused. */
export const continueLike: SubjectKind = {
  name: 'like Continue',
  create(world) {
    const ask = asker(world);
    let running: { readonly before: string; readonly text: Promise<string>; stop: () => void } | undefined;
    const known = new Map<string, string>();

    return {
      async provide(state, token) {
        if (!(await quiet(world, 350, token))) return undefined;
        const { before, lineBefore } = around(state);
        const cached = known.get(before);
        if (cached !== undefined) return itemOf(cached);
        const typed = running && before.startsWith(running.before) ? before.slice(running.before.length) : undefined;
        if (running === undefined || typed === undefined) {
          running?.stop();
          const own = new AbortController();
          const window = windowOf(state, 1_024 * 0.3 * 3.5, 1_024 * 0.2 * 3.5);
          const stops = lineBefore.trim() === '' ? ['\n\n'] : ['\n'];
          const text = ask({ ...window, stops, maxTokens: 256 }, own.signal);
          running = { before, text, stop: () => own.abort() };
        }
        const { text, before: base } = running;
        const whole = await text;
        const rest = before.slice(base.length);
        if (!whole.startsWith(rest) || token.aborted) return undefined;
        const belowLine = nextLine(state);
        const lines = whole.slice(rest.length).split('\n');
        const end = lines.findIndex((line, index) => index > 0 && (line.trim() === '' || line.trim() === belowLine));
        const shown = lines.slice(0, end < 0 ? lines.length : end).join('\n');
        known.set(before, shown);
        return itemOf(shown);
      },
      dispose: () => running?.stop(),
    };
  },
};

/** llama.vscode, 2026-08: no wait, 256 lines before and 64 after, one request at a time that nothing stops, a memory by line. */
export const llamaLike: SubjectKind = {
  name: 'like llama.vscode',
  create(world): Subject {
    const { clock } = world;
    const ask = asker(world);
    const known = new Map<string, string>();
    const never = new AbortController();
    let busy = false;
    const isBusy = () => busy;

    const remembered = (before: string): string | undefined => {
      const from = before.lastIndexOf('\n');
      for (let at = before.length; at >= Math.max(from, 0); at--) {
        const text = known.get(before.slice(0, at).slice(-KEY));
        const typed = before.slice(at);
        if (text !== undefined && text.startsWith(typed) && text.length > typed.length) return text.slice(typed.length);
      }
      return undefined;
    };
    const request = async (state: EditorState, before: string): Promise<string> => {
      busy = true;
      try {
        const window = windowOf(state, Infinity, Infinity, 256, 64);
        const text = await ask({ ...window, stops: [], maxTokens: 128, mostMs: 500 }, never.signal);
        known.set(before.slice(-KEY), text);
        return text;
      } finally {
        busy = false;
      }
    };

    return {
      async provide(state, token) {
        const { before, lineAfter } = around(state);
        if (lineAfter.length > 8) return undefined;
        const ready = remembered(before);
        if (ready !== undefined) return itemOf(cutAtRest(ready, lineAfter));
        const copy = frozen(state);
        while (isBusy()) {
          await new Promise<void>((resolve) => void clock.after(150, resolve));
          if (token.aborted) return undefined;
        }
        const text = await request(copy, before);
        return token.aborted ? undefined : itemOf(cutAtRest(text, lineAfter));
      },
      dispose: () => never.abort(),
    };
  },
};

const KEY = 400;

function itemOf(text: string): Item | undefined {
  return text.trim() === '' ? undefined : { text, replaces: 0 };
}

/** What stands right of the cursor already ends the first line. */
function cutAtRest(text: string, lineAfter: string): string {
  const rest = lineAfter.trim();
  const at = rest === '' ? -1 : text.indexOf(rest);
  return at < 0 ? text : text.slice(0, at);
}

function frozen(state: EditorState): EditorState {
  const lines = Array.from({ length: state.text.lineCount }, (_, index) => state.text.line(index));
  return { ...state, text: { lineCount: lines.length, line: (index) => lines[index] ?? '' } };
}

function around({ text, cursor }: EditorState): { before: string; lineBefore: string; lineAfter: string } {
  const line = text.line(cursor.line);
  const lineBefore = line.slice(0, cursor.character);
  const above: string[] = [];
  for (let at = Math.max(0, cursor.line - 40); at < cursor.line; at++) above.push(text.line(at));
  return {
    before: [...above, lineBefore].join('\n').slice(-2_000),
    lineBefore,
    lineAfter: line.slice(cursor.character),
  };
}

function nextLine({ text, cursor }: EditorState): string | undefined {
  for (let at = cursor.line + 1; at < text.lineCount; at++)
    if (text.line(at).trim() !== '') return text.line(at).trim();
  return undefined;
}

function windowOf(
  { text, cursor }: EditorState,
  before: number,
  after: number,
  linesBefore = Infinity,
  linesAfter = Infinity,
): { prefix: string; suffix: string } {
  const line = text.line(cursor.line);
  let prefix = line.slice(0, cursor.character);
  for (let at = cursor.line - 1; at >= Math.max(0, cursor.line - linesBefore) && prefix.length < before; at--) {
    prefix = `${text.line(at)}\n${prefix}`;
  }
  let suffix = line.slice(cursor.character);
  for (
    let at = cursor.line + 1;
    at < Math.min(text.lineCount, cursor.line + linesAfter) && suffix.length < after;
    at++
  ) {
    suffix = `${suffix}\n${text.line(at)}`;
  }
  // Both cut by whole lines.
  if (prefix.length > before) prefix = prefix.slice(prefix.indexOf('\n') + 1);
  return { prefix, suffix: suffix.slice(0, after) };
}

interface Wish {
  readonly prefix: string;
  readonly suffix: string;
  readonly stops: readonly string[];
  readonly maxTokens: number;
  /** Milliseconds of output after which the text is taken as it is. */
  readonly mostMs?: number;
}

function asker({ send, model, clock }: World): (wish: Wish, signal: AbortSignal) => Promise<string> {
  const found = profileOf(model);
  if (found === 'holeFilling') throw new Error('the imitations know no chat form');
  const profile: Profile = found;
  const [open, between, close] = profile.frame;
  return async ({ prefix, suffix, stops, maxTokens, mostMs = Infinity }, signal) => {
    const request: CompleteRequest = {
      model,
      prompt: open + prefix + between + suffix + close,
      stops: [...profile.stops, ...stops],
      maxTokens,
      temperature: 0,
    };
    const own = new AbortController();
    signal.addEventListener('abort', () => own.abort());
    const answer = await send.complete(request, [{ kind: 'window' }], own.signal);
    if (isRefusal(answer)) return '';
    let text = '';
    let since: number | undefined;
    for await (const piece of answer) {
      if (piece.kind !== 'text') continue;
      text += piece.text;
      since ??= clock.now();
      if (clock.now() - since > mostMs) break;
    }
    own.abort();
    return text;
  };
}

function quiet({ clock }: World, ms: number, token: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => resolve(true));
    token.addEventListener('abort', () => {
      timer.dispose();
      resolve(false);
    });
  });
}
