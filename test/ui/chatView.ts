import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { attempt, until } from './pages.ts';
import type { Workbench } from './driver.ts';

/** The chat view as a person uses it. The page inside may be built anew at any time. */
export interface ChatView {
  readonly page: FrameLocator;
  readonly input: Locator;
  /** The messages, oldest first. */
  readonly answers: Locator;
  readonly questions: Locator;
  /** A button by its name, the last one of several. */
  readonly button: (name: string | RegExp) => Locator;
  readonly ask: (text: string) => Promise<void>;
  /** Leaves the chat for a new one, and waits until that is there. */
  readonly startNew: () => Promise<void>;
  /** Waits until the last answer has ended and returns it without its heading and buttons. */
  readonly ended: (timeoutMs?: number) => Promise<string>;
  /** Stops the last answer after its first words, unless it ends before that, and returns what is there. */
  readonly cutShort: () => Promise<string>;
  /** Waits until the last answer holds `words`. */
  readonly says: (words: RegExp) => Promise<void>;
}

/** How long a real model may read a long chat, on a machine that does other things, too. */
const REAL_MODEL_MS = 90_000;

/** Shows the chat view and waits for its input. */
export async function openChat(workbench: Workbench): Promise<ChatView> {
  await workbench.command('Switchyard: Open Chat');
  const page = workbench.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  const input = page.getByRole('textbox', { name: 'Question', exact: true });
  await input.waitFor();
  const answers = page.locator('article.answer');
  const text = async () => {
    const last = answers.last();
    const parts = last.locator('.markdown, .notes');
    return (await parts.allInnerTexts()).filter(Boolean).join('\n').replaceAll(' ', ' ');
  };
  /** The whole answer; one that begins anew is empty for a moment, and not busy yet. */
  const hasEnded = async () =>
    (await answers.last().getAttribute('aria-busy')) === 'false' && ((await text()) || false);
  return {
    page,
    input,
    answers,
    questions: page.locator('article.question'),
    button: (name) => page.getByRole('button', { name, exact: typeof name === 'string' }).last(),
    ask: (question) =>
      attempt(workbench.page, `ask ${question.slice(0, 30)}`, async () => {
        const before = await answers.count();
        await input.fill(question);
        await input.press('Enter');
        await answers.nth(before).waitFor();
      }),
    startNew: async () => {
      await workbench.command('Switchyard: New Chat');
      await attempt(workbench.page, 'new chat', () => page.getByRole('region', { name: 'New chat' }).waitFor());
    },
    ended: (timeoutMs) => attempt(workbench.page, 'end of the answer', () => until(hasEnded, timeoutMs)),
    cutShort: () =>
      attempt(workbench.page, 'end of the answer, cut short', async () => {
        await until(async () => /\S/u.test(await text()), REAL_MODEL_MS);
        const stop = page.getByRole('button', { name: 'Stop', exact: true });
        return until(async () => {
          const whole = await hasEnded();
          if (whole === false) await stop.click({ timeout: 200 });
          return whole;
        });
      }),
    says: (words) =>
      attempt(workbench.page, `answer ${String(words)}`, async () => {
        await until(async () => words.test(await text()));
      }),
  };
}

/** The files of all chats of all workspaces. */
export function chatFiles({ settingsFile }: Workbench): string[] {
  const storage = join(settingsFile, '../workspaceStorage');
  return globSync('*/switchyard.switchyard/chats/*.json', { cwd: storage }).map((name) => join(storage, name));
}

/** All chats of all workspaces as they are on the disk. */
export function savedChats(workbench: Workbench): string {
  return chatFiles(workbench)
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}
