/** One line per event, each with the time since the start: fit for a terminal and for a CI log alike. */

/** `75_000` ms is `1m 15s`. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, '0')}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`;
}

/** Prints `title: line (elapsed)`. */
export function createSay(title: string): (line: string) => void {
  const started = Date.now();
  return (line) => process.stdout.write(`  ${title}: ${line} (${duration(Date.now() - started)})\n`);
}

/**
 * Turns counts into at most one line every `everyMs`, with the time that is left at the pace so far. The pace is measured
 * from the first call, so that what had been done before does not count.
 */
export function createCounter(say: (line: string) => void, everyMs = 5000): (done: number, total: number) => void {
  let first: { at: number; done: number } | undefined;
  let saidAt = 0;
  return (done, total) => {
    const now = Date.now();
    first ??= { at: now, done };
    if (now - saidAt < everyMs && done < total) return;
    saidAt = now;
    const pace = (done - first.done) / (now - first.at);
    const left = pace > 0 && done < total ? `, about ${duration((total - done) / pace)} left` : '';
    say(`${done} of ${total}${left}`);
  };
}
