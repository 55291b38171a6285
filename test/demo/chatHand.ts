import type { Frame, Locator } from 'playwright-core';
import type { Dom } from '../ui/dom.ts';
import type { Workbench } from '../ui/driver.ts';

/** The hands of a person who uses the chat view. */
export interface ChatHand {
  readonly frame: () => Promise<Frame>;
  /** Waits until the conversation is a new one: the page shows it a moment after the command. */
  readonly empty: () => Promise<void>;
  /** Sends a question and waits until an answer begins, or fails to. */
  readonly ask: (question: string) => Promise<void>;
  /** Asks for the last answer once more, and waits until it begins. */
  readonly regenerate: () => Promise<void>;
  /** Waits until the answer has some characters and is still being written. */
  readonly streaming: (characters: number) => Promise<void>;
  /** The same of an answer that has begun; false if it ends before. */
  readonly goesOn: (characters: number) => Promise<boolean>;
  /** Waits until the last answer ended, well or badly, or stops it when it is long enough. */
  readonly ended: () => Promise<Answer>;
  /** Presses a button of the page that is in sight, by its name. */
  readonly press: (button: string | RegExp) => Promise<void>;
  /** What the input says of the model that would answer, and of the level. */
  readonly heading: () => Promise<string>;
}

export interface Answer {
  readonly element: Locator;
  /** Who answered, and where it runs. */
  readonly head: string;
  readonly text: string;
  /** Words of the failure, or empty. */
  readonly failure: string;
  readonly blocks: number;
}

/** A small model on a busy machine. */
const ANSWER_MS = 120_000;
/** Characters. */
const ENOUGH = 900;
/** Marks the answers that were there before. */
const SEEN = 'seen-by-the-demo';
const FRAME = 'textarea.input';

export function createChatHand({ frameOf, until }: Workbench): ChatHand {
  const frame = async () => frameOf(FRAME);
  const last = async () => (await frame()).locator('article.answer').last();
  const state = async (characters: number) => {
    const answer = await last();
    if ((await answer.getAttribute('aria-busy')) === 'false') return 'ended';
    return (await answer.locator('.markdown').innerText()).length >= characters ? 'written' : undefined;
  };
  /** Does what leads to another last answer than there is now. */
  const leadingOn = async (act: () => Promise<void>) => {
    for (const answer of await (await frame()).locator('article.answer').all()) {
      await answer.evaluate((element: Dom, name) => element.classList.add(name), SEEN);
    }
    await act();
    await until('another answer', async () => (await (await last()).getAttribute('class'))?.includes(SEEN) === false);
  };
  return {
    frame,
    async empty() {
      await until('the new chat', async () => (await (await frame()).locator('article.answer').count()) === 0);
    },
    ask: (question) =>
      leadingOn(async () => {
        const input = (await frame()).locator(FRAME);
        await input.fill(question);
        await input.press('Enter');
      }),
    regenerate: () =>
      leadingOn(async () => {
        const answer = await last();
        await answer.hover();
        await answer.getByRole('button', { name: 'Regenerate' }).click();
      }),
    async streaming(characters) {
      await until('an answer being written', async () => (await state(characters)) === 'written', ANSWER_MS);
    },
    async goesOn(characters) {
      const now = async () => (await state(characters)) ?? false;
      return (await until('an answer being written', now, ANSWER_MS)) === 'written';
    },
    async ended() {
      await until(
        'the end of the answer',
        async () => {
          const answer = await last();
          if ((await answer.getAttribute('aria-busy')) === 'false') return true;
          // A small model may fall into a loop; nobody reads on then.
          if ((await answer.locator('.markdown').innerText()).length > ENOUGH) {
            await (await frame()).getByRole('button', { name: 'Stop' }).click({ timeout: 2000 });
          }
          return false;
        },
        ANSWER_MS,
      );
      const element = await last();
      const failure = element.locator('.failure');
      return {
        element,
        head: await element.locator('.message-head').innerText(),
        text: await element.locator('.markdown').innerText(),
        failure: (await failure.count()) > 0 ? await failure.innerText() : '',
        blocks: await element.locator('.markdown .code').count(),
      };
    },
    async press(button) {
      const found = (await frame()).getByRole('button', { name: button }).filter({ visible: true });
      await found.last().click();
    },
    async heading() {
      const pickers = (await frame()).locator('.box-bar .picker');
      return (await pickers.allInnerTexts()).join(' ').replaceAll(/\s+/g, ' ');
    },
  };
}
