/** Lets text through up to the first of some stops, and holds back what may be the beginning of one. */
export interface StopFilter {
  /** The text that is certain; `stopped` once a stop was found: nothing comes after it. */
  push(text: string): { readonly text: string; readonly stopped: boolean };
  /** What was held back, at the end. */
  rest(): string;
}

export function createStopFilter(stops: readonly string[]): StopFilter {
  const wanted = stops.filter((stop) => stop !== '');
  let held = '';
  return {
    push(text) {
      held += text;
      const at = Math.min(...wanted.map((stop) => held.indexOf(stop)).filter((found) => found >= 0));
      if (Number.isFinite(at)) {
        const before = held.slice(0, at);
        held = '';
        return { text: before, stopped: true };
      }
      const keep = Math.max(0, ...wanted.map((stop) => overlap(held, stop)));
      const sure = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return { text: sure, stopped: false };
    },
    rest() {
      const last = held;
      held = '';
      return last;
    },
  };
}

/** Length of the longest end of `text` that is a beginning of `stop`. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length -= 1) {
    if (stop.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
