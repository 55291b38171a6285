import type { Files } from '../../../src/core/chat/store.ts';
import type { Clock } from '../../../src/core/event.ts';

const errorOf = (code: string) => Object.assign(new Error(`${code}: as told`), { code });

/** A folder in memory in which single files, or all of it, can be made to fail. */
export function createFolder(begun: Readonly<Record<string, string>> = {}) {
  const texts = new Map(Object.entries(begun));
  const aside = new Map<string, string>();
  const broken = {
    read: new Map<string, string>(),
    write: new Map<string, string>(),
    all: undefined as string | undefined,
  };
  const attempts: string[] = [];
  let held: Promise<void> | undefined;
  const fail = (code: string | undefined) => {
    if (code !== undefined) throw errorOf(code);
  };
  const files: Files = {
    async names() {
      fail(broken.all);
      return Promise.resolve([...new Set([...texts.keys(), ...broken.read.keys()])]);
    },
    async read(name) {
      fail(broken.all ?? broken.read.get(name));
      const text = texts.get(name);
      if (text === undefined) throw errorOf('ENOENT');
      return Promise.resolve(text);
    },
    async write(name, text) {
      attempts.push(name);
      await held;
      fail(broken.all ?? broken.write.get(name));
      texts.set(name, text);
    },
    async remove(name) {
      fail(broken.all ?? broken.write.get(name));
      texts.delete(name);
      return Promise.resolve();
    },
    async setAside(name) {
      fail(broken.all ?? broken.write.get(name));
      aside.set(name, texts.get(name) ?? '');
      texts.delete(name);
      return Promise.resolve();
    },
  };
  return {
    files,
    texts,
    aside,
    broken,
    /** Names in the order in which writing them was tried. */
    attempts,
    /** Writes that begin from now on end when the returned function is called. */
    hold() {
      let go = () => {};
      held = new Promise((resolve) => (go = resolve));
      return () => {
        held = undefined;
        go();
      };
    },
  };
}

/** A clock that stands until it is told to go on. */
export function createStill() {
  let now = 0;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return { dispose: () => void (timers = timers.filter((each) => each !== timer)) };
    },
  };
  return {
    clock,
    timers: () => timers.map(({ at }) => at - now),
    async pass(ms: number) {
      const end = now + ms;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((each) => each !== next);
        now = next.at;
        next.run();
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = end;
    },
  };
}
