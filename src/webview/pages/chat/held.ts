import type { PageHeld } from '../../protocol.ts';
import type { Send } from './codeBlock.ts';
import { button, el } from './dom.ts';
import { icon } from './icons.ts';

const WAYS: Readonly<Record<PageHeld['ways'][number], { readonly label: string; readonly title: string }>> = {
  local: { label: 'Send Locally Instead', title: 'Ask a model on this machine. Nothing leaves it' },
  redact: { label: 'Redact', title: 'Put a placeholder in the place of each secret, in this chat too, and send that' },
  discard: { label: 'Cancel', title: 'Send nothing' },
};

/** Why a question was held back, and what can become of it. */
export function heldNote(id: string, { text, findings, ways }: PageHeld, send: Send): HTMLElement {
  const list = findings.map(({ title, excerpt }) =>
    el('li', {}, title, ...(excerpt === undefined ? [] : [el('code', { class: 'excerpt' }, excerpt)])),
  );
  const buttons = ways.map((way, index) => {
    const look = index === 0 ? 'primary-button' : 'secondary-button';
    const made = button({ label: WAYS[way].label, class: look }, () => send({ type: 'held', id, way }));
    made.title = WAYS[way].title;
    return made;
  });
  return el(
    'div',
    { class: 'failure held', role: 'group', 'aria-label': 'Not sent' },
    el('p', {}, icon('warning'), text),
    el('ul', { class: 'findings' }, ...list),
    el('div', { class: 'buttons' }, ...buttons),
  );
}
