/** Structurally VS Code's `Disposable` and `Event`, so that the editor can use them without a bridge. */
export interface Disposable {
  dispose(): void;
}
export type Event<T> = (listener: (value: T) => unknown) => Disposable;

export interface Emitter<T> extends Disposable {
  readonly event: Event<T>;
  fire(value: T): void;
}

export function createEmitter<T>(): Emitter<T> {
  const listeners = new Set<(value: T) => unknown>();
  return {
    event(listener) {
      const own = (value: T) => listener(value);
      listeners.add(own);
      return { dispose: () => void listeners.delete(own) };
    },
    fire(value) {
      for (const listener of listeners) listener(value);
    },
    dispose: () => listeners.clear(),
  };
}

/** Time, passed in so that the core can be tested without waiting. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls once after `ms`; disposing cancels. */
  after(ms: number, run: () => void): Disposable;
}
