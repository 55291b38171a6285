import { FromVerifyPage, ToVerifyPage, type VerifyResult, type VerifyState } from '../verifyProtocol.ts';
import { button, el } from './parts/dom.ts';
import { connectHost } from './parts/host.ts';
import { type IconName, icon } from './parts/icons.ts';
import { reach } from './verify/reach.ts';

const host = connectHost(ToVerifyPage, FromVerifyPage);

const LOOKS: Readonly<Record<VerifyState['verdict'], IconName>> = {
  running: 'noEnd',
  held: 'ok',
  through: 'breach',
  chainBroken: 'breach',
  cancelled: 'cancelled',
  failed: 'failed',
};

const title = el('h1');
const advice = el('p');
const sign = el('span', { class: 'sign' });
const verdict = el('section', { class: 'verdict', role: 'status' }, sign, el('div', {}, title, advice));
const progress = el('progress', { 'aria-label': 'Attempts made' });
const cancel = button('Cancel', 'secondary', () => host.send({ type: 'cancel' }));
const save = button('Save Report…', 'primary', () => host.send({ type: 'save' }));
const again = button('Run Again', 'secondary', () => host.send({ type: 'again' }));
const facts = el('p', { class: 'facts' });
const body = el('tbody');
const table = el(
  'table',
  {},
  el(
    'thead',
    {},
    el(
      'tr',
      {},
      ...['Result', 'What was tried', 'Stopped by', 'Arrived'].map((name) => el('th', { scope: 'col' }, name)),
    ),
  ),
  body,
);
document.body.append(
  el('main', {}, verdict, el('div', { class: 'buttons' }, save, again, cancel, progress), facts, table),
);

host.onMessage((message) => {
  if (message.type === 'reach') void tryAll(message.url);
  else show(message);
});
host.send({ type: 'ready' });

async function tryAll(url: string): Promise<void> {
  host.send({ type: 'reached', tries: [...(await reach(url))] });
}

function show(state: VerifyState): void {
  const running = state.verdict === 'running';
  verdict.dataset['state'] = state.verdict;
  sign.replaceChildren(icon(LOOKS[state.verdict]));
  // A screen reader says what changes here, so it changes only at the end.
  if (title.textContent !== state.title) title.textContent = state.title;
  if (advice.textContent !== state.advice) advice.textContent = state.advice;
  progress.max = Math.max(1, state.attempts);
  progress.value = state.results.length;
  progress.hidden = !running;
  cancel.hidden = !running;
  save.hidden = running || state.verdict === 'failed';
  again.hidden = running;
  facts.textContent = state.facts.join(' ');
  // What went wrong stands first.
  const sorted = running ? state.results : state.results.toSorted((a, b) => Number(a.held) - Number(b.held));
  body.replaceChildren(...sorted.map(rowOf));
}

function rowOf({ held, tried, rule, words, arrived }: VerifyResult): HTMLElement {
  return el(
    'tr',
    { 'data-held': String(held) },
    el('td', { class: 'result' }, icon(held ? 'ok' : 'breach'), held ? 'Stopped' : 'Got through'),
    el('td', {}, tried),
    el('td', {}, ...(rule === '' ? [] : [el('code', {}, rule), ' ']), words),
    el('td', { class: 'arrived' }, arrived),
  );
}
