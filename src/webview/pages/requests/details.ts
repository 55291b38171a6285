import { OUTCOME_WORDS } from '../../../core/requests/filter.ts';
import type { PageRow } from '../../requestsProtocol.ts';
import { el } from '../parts/dom.ts';
import { LEVEL_NAMES, ZONE_NAMES, bytesText, durationText, numberText, timeText, tokensText } from './words.ts';

export interface Details {
  readonly element: HTMLElement;
  readonly show: (row: PageRow | undefined) => void;
}

/** Everything that the ledger has of the chosen request. */
export function createDetails(): Details {
  const list = el('dl');
  const element = el(
    'section',
    { class: 'details', 'aria-label': 'Details of the chosen request', tabindex: '0' },
    list,
  );
  element.hidden = true;
  return {
    element,
    show(row) {
      element.hidden = row === undefined;
      if (!row) return;
      list.replaceChildren(
        ...factsOf(row).flatMap(([name, value]) =>
          value === undefined || value === '' ? [] : [el('div', {}, el('dt', {}, name), el('dd', {}, value))],
        ),
      );
    },
  };
}

function factsOf(row: PageRow): readonly (readonly [string, string | undefined])[] {
  const { count, zone, level, status } = row;
  return [
    ['Verdict', row.outcome === 'noEnd' ? 'It is under way, or its end was not recorded' : OUTCOME_WORDS[row.outcome]],
    ['Rule', row.rule],
    ['Reason', row.reason],
    ['Requests', count > 1 ? `${numberText(count)}, the first on ${timeText(row.since)}` : undefined],
    ['Time', `${timeText(row.time)} (${row.time})`],
    ['Call', [row.call, status].filter(Boolean).join(', status ')],
    ['Server', [row.endpoint, row.host].filter(Boolean).join(' at ')],
    ['Address', row.address],
    ['Zone', zone && ZONE_NAMES[zone]],
    ['Level', level && `${LEVEL_NAMES[level]}${row.clearedBy ? ` (by ${row.clearedBy})` : ''}`],
    ['Sent', bytesText(row.bytesOut)],
    ['Received', bytesText(row.bytesIn)],
    ['Tokens', tokensText(row)],
    ['Duration', durationText(row.durationMs)],
    ['Line', numberText(row.seq)],
  ];
}
