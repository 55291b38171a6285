import type { PageAnswer, PageMessage, PageThread } from '../../protocol.ts';
import { type AnswerParts, type AnswerView, createAnswerView } from './answer.ts';
import { button, el } from './dom.ts';
import { type QuestionParts, type QuestionView, createQuestionView } from './question.ts';

export interface Log {
  readonly element: HTMLElement;
  /** Shows a thread; messages that are there already stay as they are. */
  show(thread: PageThread): void;
  update(answer: PageAnswer): void;
  /** Adds to an answer; false when the page missed something and must ask again. */
  append(id: string, at: { readonly text: number; readonly thinking: number }, text: string, thinking: string): boolean;
  readonly streaming: boolean;
  textOf(id: string): string;
  editLast(): boolean;
}

type Shown =
  | { readonly role: 'user'; readonly key: string; readonly view: QuestionView }
  | { readonly role: 'assistant'; readonly key: string; readonly view: AnswerView; answer: PageAnswer };

/** The conversation: messages in order, kept at its end while the reader is there. */
export function createLog(parts: QuestionParts & Pick<AnswerParts, 'say'>, empty: HTMLElement): Log {
  const list = el('div', { class: 'messages', role: 'log', 'aria-live': 'off', 'aria-label': 'Conversation' });
  const scroller = el('main', { class: 'scroller', tabindex: '0', 'aria-label': 'Conversation' }, empty, list);
  const toEnd = button({ label: 'Scroll to the End', icon: 'down', class: 'icon-button to-end' }, () => {
    following = true;
    follow();
  });
  toEnd.hidden = true;
  const element = el('div', { class: 'log' }, scroller, toEnd);
  let shown = new Map<string, Shown>();
  let threadId: string | undefined;
  let following = true;

  const follow = () => {
    if (following) scroller.scrollTop = scroller.scrollHeight;
    toEnd.hidden = following;
  };
  let height = 0;
  scroller.addEventListener('scroll', () => {
    // Not the reader scrolled, but the box below grew; what follows is up to the observer.
    if (scroller.clientHeight !== height) return;
    following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
    toEnd.hidden = following;
  });
  new ResizeObserver(() => {
    height = scroller.clientHeight;
    follow();
  }).observe(scroller);

  const create = (message: PageMessage): Shown => {
    const key = JSON.stringify(message);
    if (message.role === 'user') return { role: 'user', key, view: createQuestionView(message, parts) };
    return { role: 'assistant', key, view: createAnswerView(message, { ...parts, rendered: follow }), answer: message };
  };
  return {
    element,
    show(thread) {
      const grew = thread.threadId !== threadId || thread.messages.length > shown.size;
      threadId = thread.threadId;
      const before = shown;
      shown = new Map(
        thread.messages.map((message) => {
          const old = before.get(message.id);
          const key = old?.role === 'assistant' ? JSON.stringify(old.answer) : old?.key;
          return [message.id, old && key === JSON.stringify(message) ? old : create(message)];
        }),
      );
      for (const [id, old] of before) {
        if (shown.get(id) === old) continue;
        if (old.role === 'assistant') old.view.dispose();
      }
      list.replaceChildren(...Array.from(shown.values(), ({ view }) => view.element));
      empty.hidden = shown.size > 0;
      list.hidden = shown.size === 0;
      if (grew) following = true;
      follow();
    },
    update(answer) {
      const found = shown.get(answer.id);
      if (found?.role !== 'assistant') return;
      found.answer = answer;
      found.view.update(answer);
    },
    append(id, at, text, thinking) {
      const found = shown.get(id);
      if (found?.role !== 'assistant') return false;
      const { answer } = found;
      if (answer.text.length !== at.text || answer.thinking.length !== at.thinking) return false;
      found.answer = { ...answer, text: answer.text + text, thinking: answer.thinking + thinking };
      found.view.append(text, thinking);
      return true;
    },
    get streaming() {
      return Array.from(shown.values()).some((m) => m.role === 'assistant' && m.answer.state === 'streaming');
    },
    textOf(id) {
      const found = shown.get(id);
      return found?.role === 'assistant' ? found.answer.text : '';
    },
    editLast() {
      const last = Array.from(shown.values()).findLast((m) => m.role === 'user');
      last?.view.edit();
      return last !== undefined;
    },
  };
}
