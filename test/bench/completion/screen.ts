import type { Clock, Disposable } from '../../../src/core/event.ts';
import type { CorpusFile } from './corpus.ts';
import type { EditorState, Item, Subject } from './subject.ts';
import type { Key, Writer } from './writer.ts';

/**
 * What VS Code does between a document, a person and an extension that completes: waits 50 ms after a change before it asks,
 * cancels what was asked before, keeps the shown text while typing agrees with it, and shows a newer answer in its place.
 */
export interface Screen {
  readonly visible: Item | undefined;
  /** When this text came; typing into it does not count. */
  readonly visibleSince: number;
  /** Makes what is shown follow a key that was pressed. */
  follow(key: Key): void;
  /** Tells the subject of that key. */
  told(key: Key): void;
  /** Asks the subject without waiting. */
  askAgain(): void;
  /** Takes so many characters of what is shown. */
  accept(characters: number): void;
  /** Real milliseconds for which the subject kept the thread, per change. */
  readonly blocking: readonly number[];
  dispose(): void;
}

export interface ScreenOptions {
  readonly writer: Writer;
  readonly subject: Subject;
  readonly clock: Clock;
  readonly file: CorpusFile;
  /** `replacing`: another text stood there, and not the beginning of this one. */
  readonly onShow: (item: Item, replacing: boolean) => void;
  /** What was shown went away without a key that spoke against it. */
  readonly onVanish: () => void;
}

/** `InlineCompletionsDebounce` of VS Code. */
const DEBOUNCE_MS = 50;

export function createScreen({ writer, subject, clock, file, onShow, onVanish }: ScreenOptions): Screen {
  let visible: Item | undefined;
  /** As the subject gave it; typing has gone into it since. */
  let given: Item | undefined;
  let visibleSince = 0;
  let token: AbortController | undefined;
  let wait: Disposable | undefined;
  let spent = 0;
  const blocking: number[] = [];
  const tabs = file.indent === 'tabs';

  const state = (): EditorState => ({
    uri: `file:///work/${file.name}`,
    fileName: file.name,
    languageId: file.language,
    text: writer.buffer,
    cursor: writer.buffer.cursor,
    indentation: { insertSpaces: !tabs, tabSize: file.indent === 'tabs' ? 4 : file.indent },
  });

  function timed<T>(call: () => T): T {
    const before = performance.now();
    try {
      return call();
    } finally {
      spent += performance.now() - before;
    }
  }

  function stop(): void {
    wait?.dispose();
    token?.abort();
    token = undefined;
  }

  function hide(): void {
    const item = given;
    visible = undefined;
    given = undefined;
    if (item) timed(() => subject.rejected?.(item));
  }

  function changed(): void {
    blocking.push(spent);
    spent = 0;
    timed(() => {
      stop();
      subject.changed?.(state());
    });
    const own = new AbortController();
    token = own;
    wait = clock.after(DEBOUNCE_MS, () => void ask(own.signal));
  }

  async function ask(signal: AbortSignal): Promise<void> {
    const answer = await timed(() => subject.provide(state(), signal));
    if (signal.aborted) return;
    if (!answer || answer.text === '') {
      if (!visible) return;
      visible = undefined;
      given = undefined;
      onVanish();
      return;
    }
    if (answer.text === visible?.text && answer.replaces === visible.replaces) return;
    const replacing = visible !== undefined && !answer.text.startsWith(visible.text);
    visible = answer;
    given = answer;
    visibleSince = clock.now();
    onShow(answer, replacing);
    timed(() => subject.shown?.(answer));
  }

  function typedThrough(item: Item, key: Key): Item | undefined {
    if (key.kind !== 'type' && key.kind !== 'over') return undefined;
    if (!item.text.startsWith(key.text) || item.text.length === key.text.length) return undefined;
    const text = item.text.slice(key.text.length);
    if (key.kind === 'over') return item.replaces > 0 ? { text, replaces: item.replaces - 1 } : undefined;
    if (key.expands) return item.replaces === 0 ? { text, replaces: 0 } : undefined;
    if (key.closers === '') return { text, replaces: item.replaces };
    // The editor shows the text around the closer that it set.
    return text.includes(key.closers) ? { text, replaces: item.replaces + key.closers.length } : undefined;
  }

  return {
    get visible() {
      return visible;
    },
    get visibleSince() {
      return visibleSince;
    },
    blocking,
    follow(key) {
      if (!visible) return;
      const next = typedThrough(visible, key);
      if (next) visible = next;
      else hide();
    },
    told(key) {
      if (key.kind !== 'move') return changed();
      timed(() => {
        stop();
        subject.moved?.(state());
      });
    },
    askAgain() {
      stop();
      const own = new AbortController();
      token = own;
      void ask(own.signal);
    },
    accept(characters) {
      const item = visible;
      const origin = given;
      if (!item || !origin) return;
      const whole = characters === item.text.length;
      writer.took(item.text.slice(0, characters), whole ? item.replaces : 0);
      visible = whole ? undefined : { text: item.text.slice(characters), replaces: item.replaces };
      if (whole) given = undefined;
      changed();
      const taken = origin.text.length - item.text.length + characters;
      timed(() => subject.accepted?.(origin, whole ? 'whole' : { characters: taken }));
    },
    dispose() {
      stop();
      visible = undefined;
    },
  };
}
