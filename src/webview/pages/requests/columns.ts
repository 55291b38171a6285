import { OUTCOME_WORDS } from '../../../core/requests/filter.ts';
import type { PageRow } from '../../requestsProtocol.ts';
import { el } from '../parts/dom.ts';
import { icon } from '../parts/icons.ts';
import { ZONE_NAMES, bytesText, durationText, numberText, reasonText, timeText, tokensText } from './words.ts';

interface Column {
  readonly name: string;
  /** Numbers stand on the right. */
  readonly numeric?: true;
  readonly fill: (cell: HTMLElement, row: PageRow) => void;
}

const plain =
  (textOf: (row: PageRow) => string | undefined): Column['fill'] =>
  (cell, row) => {
    const text = textOf(row) ?? '';
    cell.textContent = text;
    cell.title = text;
  };

export const COLUMNS: readonly Column[] = [
  {
    name: 'Time',
    fill(cell, { time, count, since }) {
      cell.textContent = timeText(time);
      cell.title = count > 1 ? `${since} to ${time}` : time;
    },
  },
  {
    name: 'Verdict',
    fill(cell, { outcome }) {
      cell.replaceChildren(icon(outcome), el('span', { class: 'word' }, OUTCOME_WORDS[outcome]));
      cell.title = OUTCOME_WORDS[outcome];
    },
  },
  // How many alike a row stands for is told where it is always in sight.
  { name: 'Task', fill: plain(({ task, count }) => (count > 1 ? `${task} ×${numberText(count)}` : task)) },
  { name: 'Model', fill: plain(({ model }) => model) },
  {
    name: 'Zone',
    fill(cell, { zone }) {
      cell.replaceChildren(...(zone ? [icon(zone), el('span', { class: 'word' }, ZONE_NAMES[zone])] : []));
      cell.title = zone ? ZONE_NAMES[zone] : '';
    },
  },
  { name: 'Host', fill: plain(({ host }) => host) },
  { name: 'Out', numeric: true, fill: plain(({ bytesOut }) => bytesText(bytesOut)) },
  { name: 'In', numeric: true, fill: plain(({ bytesIn }) => bytesText(bytesIn)) },
  { name: 'Tokens', numeric: true, fill: plain(tokensText) },
  {
    name: 'Took',
    numeric: true,
    fill: plain(({ count, durationMs }) => (count > 1 ? '' : durationText(durationMs))),
  },
  { name: 'Reason', fill: plain(reasonText) },
];
