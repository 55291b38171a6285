/** An element with attributes and children; texts become text nodes, never markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function button(label: string, look: string, press: () => void): HTMLButtonElement {
  const element = el('button', { type: 'button', class: look }, label);
  element.addEventListener('click', press);
  return element;
}
