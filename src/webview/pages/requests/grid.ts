import type { PageRow } from '../../requestsProtocol.ts';
import { el } from '../parts/dom.ts';
import { COLUMNS } from './columns.ts';

/** A table of which only the rows in sight are in the page. */
export interface Grid {
  readonly element: HTMLElement;
  /** How many rows there are now; `added` of them are new on top since the last call. Another version is another table. */
  setTotal(total: number, added: number, version: number): void;
  show(from: number, rows: readonly PageRow[]): void;
  /** Puts the keyboard into the table. */
  readonly focus: () => void;
}

export interface GridParts {
  /** Asks for rows; they come by `show`. */
  readonly want: (from: number, count: number) => void;
  /** The row under the cursor, or none. */
  readonly chosen: (row: PageRow | undefined) => void;
}

/** Pixels; the style sheet has the same. */
const ROW = 24;
/** Rows kept above and below the ones in sight. */
const MARGIN = 20;

export function createGrid({ want, chosen }: GridParts): Grid {
  const head = el(
    'div',
    { class: 'row head', role: 'row', 'aria-rowindex': '1' },
    ...COLUMNS.map(({ name, numeric }) =>
      el('div', { class: numeric ? 'cell numeric' : 'cell', role: 'columnheader' }, name),
    ),
  );
  const body = el('div', { class: 'body', role: 'rowgroup' });
  const element = el(
    'div',
    {
      class: 'grid',
      role: 'grid',
      tabindex: '0',
      'aria-label': 'Requests',
      'aria-colcount': `${COLUMNS.length}`,
      'aria-rowcount': '1',
    },
    el('div', { role: 'rowgroup', class: 'head-group' }, head),
    body,
  );
  const shown = new Map<
    number,
    { readonly element: HTMLElement; readonly cells: readonly HTMLElement[]; row: PageRow }
  >();
  let total = 0;
  let version = -1;
  let active: number | undefined;

  const window = () => {
    const first = Math.max(0, Math.floor(element.scrollTop / ROW) - MARGIN);
    const inSight = Math.ceil(element.clientHeight / ROW) + 2 * MARGIN;
    return { first, count: Math.min(inSight, Math.max(0, total - first)) };
  };
  const ask = () => {
    const { first, count } = window();
    if (count > 0) want(first, count);
  };
  const remove = (index: number) => {
    shown.get(index)?.element.remove();
    shown.delete(index);
  };
  const markActive = () => {
    for (const [index, { element: row }] of shown) {
      row.classList.toggle('active', index === active);
      row.setAttribute('aria-selected', String(index === active));
    }
    const row = active === undefined ? undefined : shown.get(active);
    if (row) element.setAttribute('aria-activedescendant', row.element.id);
    else element.removeAttribute('aria-activedescendant');
    if (active === undefined || row) chosen(row?.row);
  };
  const create = (index: number, row: PageRow) => {
    const cells = COLUMNS.map(({ numeric }) =>
      el('div', { class: numeric ? 'cell numeric' : 'cell', role: 'gridcell' }),
    );
    const line = el(
      'div',
      { class: 'row', role: 'row', id: `row-${index}`, 'aria-rowindex': `${index + 2}` },
      ...cells,
    );
    line.style.transform = `translateY(${index * ROW}px)`;
    line.addEventListener('mousedown', () => choose(index));
    body.append(line);
    const made = { element: line, cells, row };
    shown.set(index, made);
    return made;
  };
  const fill = ({ element: line, cells }: { element: HTMLElement; cells: readonly HTMLElement[] }, row: PageRow) => {
    line.dataset['outcome'] = row.outcome;
    for (const [at, { fill: fillCell }] of COLUMNS.entries()) {
      const cell = cells[at];
      if (cell) fillCell(cell, row);
    }
  };
  const choose = (index: number | undefined) => {
    active = index;
    if (index !== undefined) {
      const top = index * ROW;
      const room = element.clientHeight - 2 * ROW; // without the head, and without cutting the last row
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top > element.scrollTop + room) element.scrollTop = top - room;
    }
    markActive();
  };

  element.addEventListener('scroll', ask, { passive: true });
  new ResizeObserver(ask).observe(element);
  element.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || total === 0) return;
    const page = Math.max(1, Math.floor(element.clientHeight / ROW) - 2);
    const from = active ?? -1;
    const to = {
      ArrowDown: from + 1,
      ArrowUp: from - 1,
      PageDown: from + page,
      PageUp: from - page,
      Home: 0,
      End: total - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(Math.min(total - 1, Math.max(0, to)));
  });
  element.addEventListener('focus', () => {
    if (active === undefined && total > 0) choose(0);
  });

  return {
    element,
    setTotal(now, added, of) {
      const other = of !== version;
      version = of;
      total = now;
      element.setAttribute('aria-rowcount', `${total + 1}`);
      body.style.height = `${total * ROW}px`;
      if (other) {
        element.scrollTop = 0;
        choose(undefined);
      } else if (added > 0) {
        if (active !== undefined) active += added;
        // Who reads further down keeps the place.
        if (element.scrollTop > 0) element.scrollTop += added * ROW;
      }
      for (const index of shown.keys()) if (index >= total) remove(index);
      if (active !== undefined && active >= total) choose(total === 0 ? undefined : total - 1);
      ask();
    },
    show(from, rows) {
      for (const [at, row] of rows.entries()) {
        const known = shown.get(from + at) ?? create(from + at, row);
        known.row = row;
        fill(known, row);
      }
      const { first, count } = window();
      for (const index of shown.keys()) if (index < first || index >= first + count) remove(index);
      markActive();
    },
    focus: () => element.focus(),
  };
}
