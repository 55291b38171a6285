import * as z from 'zod/mini';
import { createAnnouncer } from './chat/announcer.ts';
import { createComposer } from './chat/composer.ts';
import { el } from './chat/dom.ts';
import { createEmptyState } from './chat/emptyState.ts';
import { connectHost } from './chat/host.ts';
import { createLog } from './chat/log.ts';

// Zod would otherwise try to compile its checks, which the page's policy forbids and reports.
z.config({ jitless: true });

const host = connectHost();
const announcer = createAnnouncer();
const composer = createComposer({ send: host.send, changed: host.keepDraft, editLast: () => log.editLast() });
const log = createLog(
  { send: host.send, busy: () => log.streaming, closed: composer.focus, say: announcer.say },
  createEmptyState(host.send),
);
const notice = el('div', { class: 'notice', role: 'alert', hidden: '' });
document.body.append(log.element, notice, composer.element, announcer.element);

let noticeTimer: number | undefined;
const show = (text: string) => {
  notice.textContent = text;
  notice.hidden = false;
  window.clearTimeout(noticeTimer);
  noticeTimer = window.setTimeout(() => (notice.hidden = true), 6000);
};

host.onMessage((message) => {
  switch (message.type) {
    case 'thread': {
      const before = log.streaming;
      log.show(message);
      composer.showBusy(log.streaming);
      if (!before && log.streaming) announcer.say('The answer is on its way.');
      break;
    }
    case 'answer':
      log.update(message.answer);
      composer.showBusy(log.streaming);
      if (message.answer.state !== 'streaming') announcer.sayAnswer(message.answer, log.textOf(message.answer.id));
      break;
    case 'piece':
      if (!log.append(message.id, message.at, message.text, message.thinking)) host.send({ type: 'ready' });
      break;
    case 'heading':
      composer.showHeading(message.heading);
      break;
    case 'input':
      composer.showPassages(message.passages);
      if (message.clear) composer.clear();
      if (message.text !== undefined && composer.text === '') composer.text = message.text;
      if (message.focus) composer.focus();
      break;
    case 'notice':
      show(message.text);
      break;
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && log.streaming) host.send({ type: 'stop' });
});
for (const kind of ['click', 'auxclick'] as const) {
  document.addEventListener(
    kind,
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('a') : undefined;
      if (!link) return;
      // The page must not navigate; the editor asks and opens.
      event.preventDefault();
      event.stopPropagation();
      host.send({ type: 'link', href: link.href });
    },
    { capture: true },
  );
}

composer.text = host.draft ?? '';
host.send({ type: 'ready' });
