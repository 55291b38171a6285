import type { Send } from './codeBlock.ts';
import { el } from './dom.ts';
import { icon } from './icons.ts';

const EXAMPLES = [
  { action: 'explain', words: 'Explain the code at the cursor' },
  { action: 'fix', words: 'Find and fix what is wrong in it' },
  { action: 'writeTests', words: 'Write tests for it' },
] as const;

/** What a new chat shows. */
export function createEmptyState(send: Send): HTMLElement {
  const examples = EXAMPLES.map(({ action, words }) => {
    const element = el('button', { type: 'button', class: 'example' }, icon(action), words);
    element.addEventListener('click', () => send({ type: 'example', action }));
    return element;
  });
  const sign = icon('switchyard');
  return el(
    'section',
    { class: 'empty', 'aria-label': 'New chat' },
    sign,
    el('h2', {}, 'Ask about your code'),
    el('div', { class: 'examples' }, ...examples),
    el(
      'p',
      { class: 'hint' },
      el('kbd', {}, 'Enter'),
      ' sends, ',
      el('kbd', {}, 'Shift+Enter'),
      ' starts a new line, ',
      el('kbd', {}, '↑'),
      ' edits the last question',
    ),
  );
}
