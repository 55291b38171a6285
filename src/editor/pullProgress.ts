import type { PullProgress } from '../core/provider.ts';
import { bytesText, plain } from '../core/routing/describe.ts';

/** What a progress notification takes: the text, and by how many of 100 parts the bar grows. */
export interface PullMessage {
  readonly message: string;
  readonly increment?: number;
}

/** Milliseconds between two messages of a download. */
const STEP_MS = 250;

/** Words and percents of a pull. A model comes in several files; the bar follows the largest. */
export async function* pullMessages(
  pieces: AsyncIterable<PullProgress>,
  now: () => number,
): AsyncIterable<PullMessage> {
  let largest = 0;
  let startedAt = now();
  let startBytes = 0;
  let shown = 0;
  let lastAt = -Infinity;
  let lastStatus = '';
  for await (const { status, completedBytes = 0, totalBytes } of pieces) {
    if (!totalBytes) {
      if (status !== lastStatus) yield { message: plain(status) };
      lastStatus = status;
      continue;
    }
    if (totalBytes > largest) {
      largest = totalBytes;
      startedAt = now();
      startBytes = completedBytes;
    }
    if (status === lastStatus && completedBytes < totalBytes && now() - lastAt < STEP_MS) continue;
    lastStatus = status;
    lastAt = now();
    const percent = Math.min(100, Math.floor((completedBytes / totalBytes) * 100));
    const increment = totalBytes === largest ? Math.max(0, percent - shown) : 0;
    shown += increment;
    const rate = (completedBytes - startBytes) / Math.max(1, now() - startedAt);
    const left = totalBytes === largest && rate > 0 ? timeText((totalBytes - completedBytes) / rate) : '';
    yield { message: `${bytesText(completedBytes)} of ${bytesText(totalBytes)} (${percent}%)${left}`, increment };
  }
}

function timeText(ms: number): string {
  if (ms < 1_000) return '';
  return ms < 90_000 ? `, ${Math.round(ms / 1000)} s left` : `, ${Math.round(ms / 60_000)} min left`;
}
