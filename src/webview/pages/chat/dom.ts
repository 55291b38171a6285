import { type IconName, icon } from './icons.ts';

interface Attributes {
  readonly class?: string;
  readonly [attribute: string]: string | undefined;
}

/** An element with attributes and children; texts become text nodes, never markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

interface ButtonLook {
  readonly label: string;
  /** Shows instead of the label, which stays as tooltip and accessible name. */
  readonly icon?: IconName;
  readonly class?: string;
}

export function button({ label, icon: name, class: look }: ButtonLook, press: () => void): HTMLButtonElement {
  const element = name
    ? el('button', { type: 'button', class: look ?? 'icon-button', title: label, 'aria-label': label }, icon(name))
    : el('button', { type: 'button', class: look ?? 'text-button' }, label);
  element.addEventListener('click', press);
  return element;
}

/** Shows for a moment that a button did its work. */
export function flash(element: HTMLElement): void {
  element.classList.add('done');
  window.setTimeout(() => element.classList.remove('done'), 1200);
}
