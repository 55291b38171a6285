/** Keeps a text area as tall as its text; the style sheet says the most. */
export function growWithText(area: HTMLTextAreaElement): () => void {
  const grow = () => {
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  };
  area.addEventListener('input', grow);
  requestAnimationFrame(grow);
  return grow;
}

/** Enter alone; not with Shift, and not the Enter that ends an input method's composition. */
export function isEnter(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.isComposing;
}
