import type { PageQuestion } from '../../protocol.ts';
import type { Send } from './codeBlock.ts';
import { button, el } from './dom.ts';
import { icon } from './icons.ts';
import { growWithText, isEnter } from './textArea.ts';

export interface QuestionView {
  readonly element: HTMLElement;
  /** Opens the box in which the question can be changed. */
  edit(): void;
}

export interface QuestionParts {
  readonly send: Send;
  /** Whether an answer is on its way; questions rest then. */
  readonly busy: () => boolean;
  /** The box was closed; the focus goes back to the input. */
  readonly closed: () => void;
}

export function createQuestionView({ id, text, passages }: PageQuestion, parts: QuestionParts): QuestionView {
  const { send } = parts;
  const words = el('p', { class: 'question-text' }, text);
  const chips = passages.map(({ label, title }, passage) => {
    const chip = button({ label, class: 'chip' }, () => send({ type: 'showPassage', id, passage }));
    chip.title = title;
    chip.prepend(icon('file'));
    return chip;
  });
  const element = el('article', { class: 'question', 'aria-label': 'Your question' });
  const show = () =>
    element.replaceChildren(...(chips.length > 0 ? [el('div', { class: 'chips' }, ...chips)] : []), words, bar);
  const close = () => {
    show();
    parts.closed();
  };
  const edit = () => {
    if (parts.busy()) return;
    const area = el('textarea', { 'aria-label': 'Edit the question', rows: '1' });
    area.value = text;
    const resend = () => {
      if (area.value.trim() === '' || parts.busy()) return;
      close();
      send({ type: 'resend', id, text: area.value });
    };
    area.addEventListener('keydown', (event) => {
      if (isEnter(event)) resend();
      else if (event.key === 'Escape') close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    growWithText(area);
    const buttons = el(
      'div',
      { class: 'buttons' },
      button({ label: 'Resend', class: 'primary-button' }, resend),
      button({ label: 'Cancel', class: 'secondary-button' }, close),
    );
    const hint = el('p', { class: 'note' }, 'What follows this question will be dropped.');
    element.replaceChildren(area, hint, buttons);
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  };
  const bar = el('div', { class: 'message-bar' }, button({ label: 'Edit and Resend', icon: 'edit' }, edit));
  show();
  return { element, edit };
}
