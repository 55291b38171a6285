import type { PageAnswer } from '../../protocol.ts';
import { el } from './dom.ts';

export interface Announcer {
  readonly element: HTMLElement;
  say(text: string): void;
  /** Says what became of an answer: the answer itself when it is short. */
  sayAnswer(answer: PageAnswer, text: string): void;
}

/** Longer answers are announced by their end only; the reader finds them in the conversation. */
const SHORT = 400;

/**
 * Speaks to screen readers. The conversation itself is no live region: it would be read out token by token.
 */
export function createAnnouncer(): Announcer {
  const element = el('div', { class: 'only-read', role: 'status', 'aria-live': 'polite' });
  let timer: number | undefined;
  const say = (text: string) => {
    // Emptied first, so that the same words twice are a change.
    element.textContent = '';
    window.clearTimeout(timer);
    timer = window.setTimeout(() => (element.textContent = text), 50);
  };
  return {
    element,
    say,
    sayAnswer({ state, failure, held }, text) {
      switch (state) {
        case 'streaming':
          say('The answer is on its way.');
          break;
        case 'failed':
          say(`The answer failed. ${failure?.text ?? ''}`);
          break;
        case 'held':
          say([held?.text, ...(held?.findings.map(({ title }) => title) ?? [])].join(' '));
          break;
        case 'stopped':
          say('The answer was stopped.');
          break;
        case 'cutOff':
        case 'complete':
          say(text.length <= SHORT ? `Answer: ${text}` : 'The answer is complete.');
          break;
      }
    },
  };
}
