import type { PageAnswer } from '../../protocol.ts';
import type { Send } from './codeBlock.ts';
import { button, el, flash } from './dom.ts';
import { heldNote } from './held.ts';
import { icon } from './icons.ts';
import { createStreamedText } from './streamedText.ts';
import { createThoughts } from './thoughts.ts';
import { createWaiting } from './waiting.ts';
import { placeWords } from './words.ts';

export interface AnswerView {
  readonly element: HTMLElement;
  append(text: string, thinking: string): void;
  update(answer: PageAnswer): void;
  dispose(): void;
}

export interface AnswerParts {
  readonly send: Send;
  /** Speaks to screen readers. */
  readonly say: (text: string) => void;
  /** Called after each change that may have made the answer taller. */
  readonly rendered: () => void;
}

export function createAnswerView(first: PageAnswer, { send, say, rendered }: AnswerParts): AnswerView {
  const { id } = first;
  const text = el('div', { class: 'markdown' });
  const notes = el('div', { class: 'notes' });
  const waiting = createWaiting(send, say);
  const copy = button({ label: 'Copy Answer', icon: 'copy' }, () => {
    send({ type: 'copyAnswer', id });
    flash(copy);
  });
  const bar = el(
    'div',
    { class: 'message-bar' },
    copy,
    button({ label: 'Regenerate', icon: 'regenerate' }, () => send({ type: 'regenerate', id })),
  );
  const thoughts = createThoughts();
  const element = el(
    'article',
    { class: 'answer', 'aria-label': first.model ? `Answer of ${first.model.label}` : 'Answer' },
    heading(first),
    thoughts.element,
    text,
    waiting.element,
    notes,
    bar,
  );
  const stream = createStreamedText(text, send, rendered);
  let length = 0;
  let streaming = false;
  const showWaiting = () => waiting.show(streaming && length === 0 && !thoughts.any);

  const append = (more: string, thinking: string) => {
    length += more.length;
    if (thinking) thoughts.append(thinking);
    if (more) {
      thoughts.end();
      stream.append(more);
    }
    showWaiting();
    if (thinking) rendered();
  };
  const update = (answer: PageAnswer) => {
    streaming = answer.state === 'streaming';
    showWaiting();
    element.classList.toggle('streaming', streaming);
    element.setAttribute('aria-busy', String(streaming));
    bar.hidden = streaming || answer.state === 'held';
    copy.hidden = length === 0;
    if (!streaming) {
      stream.finish();
      thoughts.end();
    }
    if (answer.thinkingMs !== undefined) thoughts.took(answer.thinkingMs);
    notes.replaceChildren(...notesOf(answer, length === 0, send));
    rendered();
  };
  append(first.text, first.thinking);
  update(first);
  return {
    element,
    append,
    update,
    dispose() {
      waiting.show(false);
      stream.dispose();
      thoughts.dispose();
    },
  };
}

function heading({ model }: PageAnswer): HTMLElement {
  if (!model) return el('header', { class: 'message-head' }, 'No model');
  const zone = placeWords(model);
  return el(
    'header',
    { class: 'message-head', title: `${model.label} ${zone.where}` },
    el('span', { class: 'model-name' }, model.label),
    el('span', { class: 'zone' }, icon(model.zone), zone.name),
  );
}

function notesOf({ id, state, failure, held, omitted }: PageAnswer, empty: boolean, send: Send): HTMLElement[] {
  const notes: HTMLElement[] = [];
  if (omitted) notes.push(el('p', { class: 'note' }, omitted));
  if (state === 'stopped') notes.push(el('p', { class: 'note' }, 'Stopped.'));
  if (state === 'cutOff') notes.push(el('p', { class: 'note' }, 'Cut off: the model reached its limit of tokens.'));
  if (state === 'complete' && empty) notes.push(el('p', { class: 'note' }, 'The model ended without an answer.'));
  if (state === 'failed' && failure) {
    const buttons = failure.buttons.map((label, index) =>
      button({ label, class: index === 0 ? 'primary-button' : 'secondary-button' }, () =>
        send({ type: 'mend', id, button: index }),
      ),
    );
    const words = el('p', {}, icon('warning'), failure.text);
    notes.push(el('div', { class: 'failure' }, words, el('div', { class: 'buttons' }, ...buttons)));
  }
  if (state === 'held' && held) notes.push(heldNote(id, held, send));
  return notes;
}
