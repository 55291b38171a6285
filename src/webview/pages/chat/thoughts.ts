import { el } from './dom.ts';
import { secondsText } from './words.ts';

export interface Thoughts {
  readonly element: HTMLElement;
  /** Whether there is anything to show. */
  readonly any: boolean;
  append(text: string): void;
  /** The answer proper began, or ended. */
  end(): void;
  took(ms: number): void;
  dispose(): void;
}

/** What a model thinks before it answers, folded away, with the seconds it takes. */
export function createThoughts(): Thoughts {
  const summary = el('summary', {}, 'Thinking…');
  const text = el('div', { class: 'thoughts-text' });
  const element = el('details', { class: 'thoughts' }, summary, text);
  element.hidden = true;
  let timer: number | undefined;
  let begun: number | undefined;
  const stop = () => {
    window.clearInterval(timer);
    timer = undefined;
  };
  return {
    element,
    get any() {
      return !element.hidden;
    },
    append(more) {
      if (begun === undefined) {
        const start = performance.now();
        begun = start;
        element.hidden = false;
        element.classList.add('live');
        timer = window.setInterval(() => {
          summary.textContent = `Thinking… ${secondsText(performance.now() - start)}`;
        }, 1000);
      }
      text.append(more);
    },
    end() {
      if (!element.classList.contains('live')) return;
      stop();
      element.classList.remove('live');
      summary.textContent = 'Thoughts';
    },
    took(ms) {
      this.end();
      summary.textContent = `Thought for ${secondsText(ms)}`;
    },
    dispose: stop,
  };
}
