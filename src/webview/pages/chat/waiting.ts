import type { Send } from './codeBlock.ts';
import { button, el } from './dom.ts';
import { secondsText } from './words.ts';

/** From when on silence is worth a word: a model that is in memory has begun long before. */
const LATE_MS = 15_000;

export interface Waiting {
  readonly element: HTMLElement;
  /** Whether an answer is awaited of which nothing has come yet. */
  show(awaited: boolean): void;
}

/** What stands in the place of an answer that has not begun; told to `say` once when that takes long. */
export function createWaiting(send: Send, say: (text: string) => void): Waiting {
  const words = el('span', { class: 'waiting-words' });
  const change = button({ label: 'Switch Model', class: 'secondary-button' }, () => send({ type: 'pickModel' }));
  const dots = el('span', { class: 'dots', 'aria-hidden': 'true' });
  const element = el('div', { class: 'waiting' }, dots, words, el('div', { class: 'buttons' }, change));
  element.hidden = true;
  let timer: number | undefined;

  const begin = () => {
    const start = performance.now();
    words.textContent = 'Waiting for the model';
    change.hidden = true;
    timer = window.setInterval(() => {
      const silent = performance.now() - start;
      if (silent < LATE_MS) return;
      const text = `The model has not answered for ${secondsText(silent)}. It may be loading, or its server may be busy. Wait, or stop it and switch the model.`;
      words.textContent = text;
      if (change.hidden) say(text);
      change.hidden = false;
    }, 1000);
  };
  return {
    element,
    show(awaited) {
      if (awaited === (timer !== undefined)) return;
      element.hidden = !awaited;
      window.clearInterval(timer);
      timer = undefined;
      if (awaited) begin();
    },
  };
}
