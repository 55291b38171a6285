import { appendFileSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { duration } from '../setup/progress.ts';
import { HONESTLY } from './servers.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const OUT = join(ROOT, 'out/demo');
/** Pictures that the README shows. */
const README = join(ROOT, 'media/readme');

/** What the scripted user did: a numbered picture and a line of text for each step, in `out/demo`. */
export interface Story {
  /** Runs `act`, whose result is the line, and takes the picture. `act` throws when the step did not go as it must. */
  step(name: string, act: () => Promise<string>): Promise<void>;
  /** Saves a part of the page for the README: what `parts` match. */
  detail(name: string, parts: readonly Locator[]): Promise<void>;
}

export function createStory(page: Page, intoReadme: boolean): Story {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(join(OUT, 'readme'), { recursive: true });
  const steps = join(OUT, 'steps.md');
  writeFileSync(steps, `# What the scripted user did\n\n${HONESTLY.map((line) => `- ${line}\n`).join('')}\n`);
  let count = 0;
  return {
    async step(name, act) {
      count += 1;
      const number = String(count).padStart(2, '0');
      const started = Date.now();
      const line = await act().catch((error: unknown) => {
        throw new Error(`Step ${number}, ${name}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      });
      const file = `${number}-${name}.png`;
      await page.screenshot({ path: join(OUT, file), caret: 'initial', animations: 'disabled' });
      process.stdout.write(`  ${number} ${line} (${duration(Date.now() - started)})\n`);
      appendFileSync(steps, `${count}. ${line}\n\n   ![](${file})\n\n`);
    },
    async detail(name, parts) {
      const each = (await Promise.all(parts.map((part) => part.all()))).flat();
      const boxes = await Promise.all(each.map((part) => part.boundingBox()));
      const seen = boxes.filter((box) => box !== null);
      if (seen.length === 0) throw new Error(`nothing to show of ${name}`);
      const x = Math.min(...seen.map((box) => box.x));
      const y = Math.min(...seen.map((box) => box.y));
      const right = Math.max(...seen.map((box) => box.x + box.width));
      const bottom = Math.max(...seen.map((box) => box.y + box.height));
      const path = join(OUT, 'readme', `${name}.png`);
      await page.screenshot({
        path,
        clip: { x, y, width: right - x, height: bottom - y },
        caret: 'initial',
        animations: 'disabled',
      });
      if (!intoReadme) return;
      mkdirSync(README, { recursive: true });
      copyFileSync(path, join(README, `${name}.png`));
    },
  };
}
