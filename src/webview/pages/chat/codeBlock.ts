import type { FromPage } from '../../protocol.ts';
import { button, el, flash } from './dom.ts';
import { highlight, languageName } from './highlight.ts';

export type Send = (message: FromPage) => void;

/** Above this many characters colouring would be felt, so it waits until the page is idle. */
const QUICK = 6000;
/** Above this many characters code stays without colours. */
const LARGEST = 200_000;

export interface CodeBlock {
  readonly element: HTMLElement;
  /** Adds text at the end. Colours keep up while the block is short. */
  append(text: string): void;
  /** No more text will come: colours the whole. */
  finish(): void;
}

export function createCodeBlock(language: string, send: Send): CodeBlock {
  let code = '';
  const content = el('code', {});
  const name = language ? languageName(language) : '';
  const act = (action: Extract<FromPage, { type: 'code' }>['action']) => () =>
    send({ type: 'code', action, code, language });
  const copy = button({ label: 'Copy', icon: 'copy' }, () => {
    send({ type: 'copy', text: code });
    flash(copy);
  });
  const element = el(
    'div',
    { class: 'code', role: 'group', 'aria-label': name ? `Code, ${name}` : 'Code' },
    el(
      'div',
      { class: 'code-bar' },
      el('span', { class: 'code-language' }, name),
      copy,
      button({ label: 'Insert at Cursor', icon: 'insert' }, act('insert')),
      button({ label: 'Replace Selection', icon: 'replace' }, act('replace')),
      button({ label: 'New File', icon: 'newFile' }, act('newFile')),
    ),
    el('pre', { tabindex: '0' }, content),
  );
  const colour = () => {
    const html = highlight(code, language);
    if (html !== undefined) content.innerHTML = html;
  };
  return {
    element,
    append(text) {
      code += text;
      content.append(text);
      if (code.length <= QUICK) colour();
    },
    finish() {
      if (code.length <= QUICK) colour();
      else if (code.length <= LARGEST) window.requestIdleCallback(colour, { timeout: 2000 });
    },
  };
}

/** Gives every code block of rendered Markdown its toolbar and colours. */
export function dressCode(fragment: ParentNode, send: Send): void {
  for (const pre of fragment.querySelectorAll('pre')) {
    const block = createCodeBlock(pre.dataset['language'] ?? '', send);
    block.append(pre.textContent);
    block.finish();
    pre.replaceWith(block.element);
  }
}
