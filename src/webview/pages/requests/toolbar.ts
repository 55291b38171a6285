import { ZONES } from '../../../core/model.ts';
import { OUTCOME_WORDS } from '../../../core/requests/filter.ts';
import { OUTCOMES } from '../../../core/requests/row.ts';
import type { RequestsFilter } from '../../requestsProtocol.ts';
import { button, el } from '../parts/dom.ts';
import { icon } from '../parts/icons.ts';
import { ZONE_NAMES } from './words.ts';

export interface Toolbar {
  readonly element: HTMLElement;
  readonly filter: RequestsFilter;
  showTasks(tasks: readonly string[]): void;
  readonly focus: () => void;
}

export interface ToolbarParts {
  readonly start: RequestsFilter;
  readonly changed: (filter: RequestsFilter) => void;
  /** The reader goes from the filter down into the table. */
  readonly leave: () => void;
  readonly verify: () => void;
  readonly exportAll: () => void;
}

/** Milliseconds without a keystroke before the filter counts. */
const TYPING = 120;

export function createToolbar({ start, changed, leave, verify, exportAll }: ToolbarParts): Toolbar {
  let filter = start;
  let timer: number | undefined;
  const change = (part: Partial<RequestsFilter>) => {
    filter = { ...filter, ...part };
    changed(filter);
  };

  const input = el('input', {
    class: 'filter',
    type: 'search',
    placeholder: 'Filter: model, host, rule, 2026-11-24…',
    'aria-label': 'Filter requests. All words must occur.',
    spellcheck: 'false',
  });
  input.value = filter.text;
  const readInput = () => {
    window.clearTimeout(timer);
    if (input.value !== filter.text) change({ text: input.value });
  };
  input.addEventListener('input', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(readInput, TYPING);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') input.value = '';
    if (event.key === 'Escape' || event.key === 'Enter') readInput();
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    leave();
  });

  const zones = group('Zone', ZONES, {
    look: (zone) => [icon(zone), ZONE_NAMES[zone]],
    isOn: (zone) => filter.zones.includes(zone),
    press: (zone) => change({ zones: toggled(filter.zones, zone) }),
  });
  const outcomes = group('Verdict', OUTCOMES, {
    look: (outcome) => [icon(outcome), OUTCOME_WORDS[outcome]],
    isOn: (outcome) => filter.outcomes.includes(outcome),
    press: (outcome) => change({ outcomes: toggled(filter.outcomes, outcome) }),
  });
  const taskPlace = el('div', { class: 'group-place' });
  let known = '';

  const fold = el('input', { type: 'checkbox' });
  fold.checked = filter.fold;
  fold.addEventListener('change', () => change({ fold: fold.checked }));

  const element = el(
    'header',
    { class: 'toolbar' },
    el(
      'div',
      { class: 'line' },
      input,
      el('label', { class: 'check' }, fold, 'Gather polling'),
      button('Verify', 'secondary', verify),
      button('Export…', 'secondary', exportAll),
    ),
    el('div', { class: 'line groups' }, outcomes, zones, taskPlace),
  );
  return {
    element,
    get filter() {
      return filter;
    },
    showTasks(tasks) {
      const all = [...new Set([...tasks, ...filter.tasks])];
      if (all.join(' ') === known) return;
      known = all.join(' ');
      taskPlace.replaceChildren(
        group('Task', all, {
          look: (task) => [task],
          isOn: (task) => filter.tasks.includes(task),
          press: (task) => change({ tasks: toggled(filter.tasks, task) }),
        }),
      );
    },
    focus() {
      input.focus();
      input.select();
    },
  };
}

interface Choices<T> {
  readonly look: (choice: T) => readonly (Node | string)[];
  readonly isOn: (choice: T) => boolean;
  readonly press: (choice: T) => void;
}

/** Buttons that stay pressed; none pressed means all. */
function group<T>(name: string, choices: readonly T[], { look, isOn, press }: Choices<T>): HTMLElement {
  const buttons = choices.map((choice) => {
    const toggle = button('', 'toggle', () => {
      press(choice);
      toggle.setAttribute('aria-pressed', String(isOn(choice)));
    });
    toggle.append(...look(choice));
    toggle.setAttribute('aria-pressed', String(isOn(choice)));
    return toggle;
  });
  return el('div', { class: 'group', role: 'group', 'aria-label': `${name}: show only` }, ...buttons);
}

function toggled<T>(list: readonly T[], one: T): T[] {
  return list.includes(one) ? list.filter((each) => each !== one) : [...list, one];
}
