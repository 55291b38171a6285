import type { PageHeading, PagePassage } from '../../protocol.ts';
import type { Send } from './codeBlock.ts';
import { button, el } from './dom.ts';
import { icon } from './icons.ts';
import { growWithText, isEnter } from './textArea.ts';
import { LEVEL_WORDS, placeWords } from './words.ts';

export interface Composer {
  readonly element: HTMLElement;
  showHeading(heading: PageHeading): void;
  showPassages(passages: readonly PagePassage[]): void;
  showBusy(busy: boolean): void;
  text: string;
  /** Empties the box: what was in it has been sent. */
  clear(): void;
  readonly focus: () => void;
}

export interface ComposerParts {
  readonly send: Send;
  readonly changed: (text: string) => void;
  /** Up was pressed in the empty box. */
  readonly editLast: () => boolean;
}

/** The input, with what the next question will carry, who will answer it, and how far it may travel. */
export function createComposer({ send, changed, editLast }: ComposerParts): Composer {
  let busy = false;
  const area = el('textarea', {
    class: 'input',
    rows: '1',
    placeholder: 'Ask about your code',
    'aria-label': 'Question',
  });
  const chips = el('div', { class: 'chips' });
  const setup = el('div', { class: 'setup', role: 'group', 'aria-label': 'Needed before chatting' });
  const model = button({ label: 'Switch Model', class: 'picker' }, () => send({ type: 'pickModel' }));
  const level = button({ label: 'Privacy Level', class: 'picker level' }, () => send({ type: 'showLevel' }));
  const manifest = button({ label: 'Show What Will Be Sent', icon: 'manifest' }, () =>
    send({ type: 'manifest', text: area.value }),
  );
  manifest.hidden = true;
  const ask = button({ label: 'Send', icon: 'send', class: 'icon-button send' }, () => submit());
  const stop = button({ label: 'Stop', icon: 'stop', class: 'icon-button send' }, () => send({ type: 'stop' }));
  const grow = growWithText(area);

  const showSend = () => (ask.disabled = area.value.trim() === '');
  const edited = () => {
    grow();
    showSend();
    changed(area.value);
  };
  const submit = () => {
    const text = area.value;
    if (busy || text.trim() === '') return;
    area.value = '';
    edited();
    send({ type: 'ask', text });
  };
  area.addEventListener('input', edited);
  area.addEventListener('keydown', (event) => {
    if (isEnter(event)) {
      event.preventDefault();
      submit();
    } else if (event.key === 'ArrowUp' && area.value === '' && editLast()) event.preventDefault();
  });
  const showBusy = (now: boolean) => {
    const focused = document.activeElement === ask || document.activeElement === stop;
    busy = now;
    ask.hidden = now;
    stop.hidden = !now;
    if (focused) area.focus();
  };
  showBusy(false);
  showSend();
  const box = el(
    'div',
    { class: 'box' },
    chips,
    area,
    el('div', { class: 'box-bar' }, model, level, manifest, ask, stop),
  );
  return {
    element: el('footer', { class: 'composer' }, setup, box),
    showHeading(heading) {
      showModel(model, heading);
      // What stays on this machine needs no list.
      manifest.hidden = !heading.model || heading.model.zone === 'device';
      const words = LEVEL_WORDS[heading.level];
      level.replaceChildren(icon(heading.level), el('span', { class: 'picker-word' }, words.name));
      level.title = `${words.name}: ${words.meaning} ${heading.levelTitle}`.trim();
      level.setAttribute('aria-label', `Privacy level: ${words.name}. ${words.meaning} Change it`);
      setup.replaceChildren(
        ...heading.setup.map((entry, index) => {
          const press = () => send({ type: 'setUp', entry: index });
          const mend = entry.button ? [button({ label: entry.button, class: 'secondary-button' }, press)] : [];
          return el('div', { class: 'setup-entry' }, el('span', {}, entry.text), ...mend);
        }),
      );
    },
    showPassages(passages) {
      chips.replaceChildren(
        ...passages.map(({ label, title }, passage) => {
          const remove = button({ label: `Remove ${label}`, icon: 'remove', class: 'chip-remove' }, () => {
            send({ type: 'detach', passage });
            area.focus();
          });
          return el('span', { class: 'chip', title }, icon('file'), el('span', { class: 'chip-label' }, label), remove);
        }),
      );
    },
    showBusy,
    get text() {
      return area.value;
    },
    set text(text) {
      area.value = text;
      grow();
      showSend();
    },
    clear() {
      area.value = '';
      edited();
    },
    focus: () => area.focus(),
  };
}

function showModel(model: HTMLButtonElement, { model: current, switchingTo }: PageHeading): void {
  const loading = switchingTo ? `Loading ${switchingTo}…` : undefined;
  if (!current) {
    model.replaceChildren(el('span', { class: 'picker-word' }, loading ?? 'Choose a model'), icon('more'));
    model.title = 'No chat model. Choose one';
    model.setAttribute('aria-label', `${loading ?? 'No chat model'}. Choose a model`);
    return;
  }
  const zone = placeWords(current);
  model.replaceChildren(
    icon(current.zone),
    el('span', { class: 'picker-word picker-name' }, loading ?? current.label),
    el('span', { class: 'picker-zone' }, zone.name),
    icon('more'),
  );
  model.title = `${current.label} ${zone.where}. Click to switch`;
  model.setAttribute('aria-label', `Chat model: ${current.label}, ${zone.where}. ${loading ?? ''} Switch model`);
}
