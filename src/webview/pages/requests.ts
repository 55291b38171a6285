import { EVERYTHING } from '../../core/requests/filter.ts';
import { FromRequestsPage, RequestsFilter, type RequestsState, ToRequestsPage } from '../requestsProtocol.ts';
import { el } from './parts/dom.ts';
import { connectHost } from './parts/host.ts';
import { createDetails } from './requests/details.ts';
import { createGrid } from './requests/grid.ts';
import { createToolbar } from './requests/toolbar.ts';
import { numberText } from './requests/words.ts';

const host = connectHost(ToRequestsPage, FromRequestsPage);
const kept = RequestsFilter.safeParse(host.kept);
const everything: RequestsFilter = { ...EVERYTHING, zones: [], outcomes: [], tasks: [] };
let state: RequestsState | undefined;

const details = createDetails();
const grid = createGrid({
  want: (from, count) => {
    if (state) host.send({ type: 'rows', version: state.version, from, count: Math.min(count, 500) });
  },
  chosen: details.show,
});
const toolbar = createToolbar({
  start: kept.success ? kept.data : everything,
  changed(filter) {
    host.keep(filter);
    host.send({ type: 'filter', filter });
  },
  leave: grid.focus,
  verify: () => host.send({ type: 'verify' }),
  exportAll: () => host.send({ type: 'export' }),
});
const counted = el('span', { class: 'counted', role: 'status' });
const chain = el('span', { class: 'chain', role: 'status' });
const empty = el('p', { class: 'empty', hidden: '' });
const failed = el('p', { class: 'failed', role: 'alert', hidden: '' });
document.body.append(
  toolbar.element,
  failed,
  el('main', {}, grid.element, empty),
  details.element,
  el('footer', {}, counted, chain),
);

host.onMessage((message) => {
  switch (message.type) {
    case 'state': {
      const added = state?.version === message.version ? message.fresh - state.fresh : 0;
      state = message;
      grid.setTotal(message.total, added, message.version);
      toolbar.showTasks(message.tasks);
      say(counted, countText(message));
      say(chain, message.chain.text);
      chain.dataset['state'] = message.chain.state;
      empty.hidden = message.total > 0 || message.busy;
      empty.textContent = message.requests === 0 ? 'No request has been made yet.' : 'No request fits the filter.';
      break;
    }
    case 'rows':
      if (message.version === state?.version) grid.show(message.from, message.rows);
      break;
    case 'failed':
      failed.textContent = message.text;
      failed.hidden = false;
      break;
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key.toLowerCase() !== 'f' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  toolbar.focus();
});
host.send({ type: 'ready', filter: toolbar.filter });

/** Only when it changed: a screen reader says it each time. */
function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function plural(count: number, word: string): string {
  return `${numberText(count)} ${word}${count === 1 ? '' : 's'}`;
}

function countText({ total, requests, busy, cut }: RequestsState): string {
  if (busy && requests === 0) return 'Reading…';
  const rows = `${plural(total, 'row')} of ${plural(requests, 'request')}`;
  const more = cut ? ' (older ones are in the files; Export has all)' : '';
  return `${rows}${more}${busy ? '…' : ''}`;
}
