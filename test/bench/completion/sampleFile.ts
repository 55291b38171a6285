import type { CorpusFile } from './corpus.ts';

/** A file for tests that fetch nothing. */
export const SAMPLE: CorpusFile = {
  name: 'sample/queue.ts',
  language: 'typescript',
  indent: 2,
  text: `import { clock } from './clock';

export interface Entry {
  readonly key: string;
  readonly time: number;
}

export class Queue {
  private entries: Entry[] = [];

  add(key: string): void {
    const known = this.entries.find((entry) => entry.key === key);
    if (known) {
      this.remove(key);
      return;
    }

    for (const entry of this.entries) {
      if (entry.time > clock.now()) {
        throw new Error("too early: " + entry.key);
      }
    }
    this.entries.push({ key, time: clock.now() });
  }

  remove(key: string): void {
    this.entries = this.entries.filter((entry) => entry.key !== key);
  }

  first(): Entry | undefined {
    const sorted = [...this.entries].sort((a, b) => a.time - b.time);
    const [found] = sorted;
    if (found === undefined) {
      return undefined;
    } else if (found.time > clock.now()) {
      return undefined;
    }
    return found;
  }

  size(): number {
    let count = 0;
    for (const entry of this.entries) {
      if (entry.time <= clock.now()) count += 1;
    }
    return count;
  }
}

export function describe(queue: Queue): string {
  const names: string[] = [];
  names.push(\`size \${queue.size()}\`);
  names.push(\`first \${queue.first()?.key ?? 'none'}\`);
  return names.join(', ');
}
`,
};
