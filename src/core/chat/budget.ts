import type { ChatMessage } from '../provider.ts';
import { SYSTEM_PROMPT, renderQuestion } from './prompt.ts';
import type { Answer, Message, Question } from './thread.ts';

export interface Fitted {
  readonly messages: readonly ChatMessage[];
  /** The questions and answers that are in it; a question may be in it without the middle of its passages. */
  readonly from: readonly Message[];
  /** What was left out, in words; absent when everything fits. */
  readonly omitted?: string;
}

/** Tokens that templates spend around a message; between 4 and 8 for the common ones. */
const PER_MESSAGE = 8;
const CUT_MARK = '\n[… cut here to fit the context …]\n';

/**
 * An estimate that errs high, for models whose tokenizer we do not have: about 3 characters of code or prose to a token,
 * and one token for each character outside Latin scripts.
 */
export function estimateTokens(text: string): number {
  const wide = text.match(/[\u0250-\u1fff\u2070-\uffff]/g)?.length ?? 0;
  return Math.ceil((text.length - wide) / 3) + wide;
}

/**
 * The tokens that a conversation may take: the setting, at most what the model takes less room for an answer (a quarter,
 * at most 2,048).
 */
export function conversationLimit(setting: number, modelContext: number | undefined): number {
  if (modelContext === undefined) return setting;
  return Math.min(setting, modelContext - Math.min(2048, Math.floor(modelContext / 4)));
}

/**
 * A smaller limit after the server counted the request and refused it as too long. The estimate is corrected by what the
 * server counted, where it says so.
 */
export function limitAfterRefusal(
  sent: readonly ChatMessage[],
  counted: { readonly prompt: number; readonly limit: number } | undefined,
): number {
  const estimated = sent.reduce((sum, message) => sum + cost(message), 0);
  if (!counted) return Math.floor(estimated / 2);
  const room = conversationLimit(counted.limit, counted.limit);
  return Math.floor(estimated * Math.min(1, room / counted.prompt) * 0.95);
}

/** The system prompt and the newest messages that fit; long passages of the last question are cut in the middle. */
export function fitMessages(messages: readonly Message[], limit: number): Fitted {
  const system: ChatMessage = { role: 'system', text: SYSTEM_PROMPT };
  const last = messages.at(-1);
  if (last?.role !== 'user') throw new TypeError('A request ends with a question.');
  const room = limit - cost(system);
  const question = fitQuestion(last, room);

  let left = room - cost(question.message);
  const kept: Turn[] = [];
  let earlier = pairs(messages.slice(0, -1));
  while (earlier.length > 0) {
    const turn = earlier.at(-1);
    if (!turn) break;
    const spent = turn.said.reduce((sum, message) => sum + cost(message), 0);
    if (spent > left) break;
    left -= spent;
    kept.unshift(turn);
    earlier = earlier.slice(0, -1);
  }
  const said = [
    ...(question.cut ? ['the middle of a passage that was too long'] : []),
    ...(earlier.length > 0
      ? [earlier.length === 1 ? 'the oldest question' : `the ${earlier.length} oldest questions`]
      : []),
  ];
  const fitted = {
    messages: [system, ...kept.flatMap(({ said }) => said), question.message],
    from: [...kept.flatMap(({ of }) => of), last],
  };
  return said.length === 0 ? fitted : { ...fitted, omitted: `Left out to fit the context: ${said.join(', and ')}.` };
}

interface Turn {
  readonly of: readonly [Question, Answer];
  readonly said: readonly ChatMessage[];
}

/** Questions with their answers; an answer that failed before its first word takes its question with it. */
function pairs(messages: readonly Message[]): readonly Turn[] {
  const turns: Turn[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'user') continue;
    const answer = messages[index + 1];
    if (answer?.role !== 'assistant' || answer.text === '') continue;
    const said: readonly ChatMessage[] = [
      { role: 'user', text: renderQuestion(message) },
      { role: 'assistant', text: answer.text },
    ];
    turns.push({ of: [message, answer], said });
  }
  return turns;
}

function fitQuestion(question: Question, room: number): { readonly message: ChatMessage; readonly cut: boolean } {
  const whole: ChatMessage = { role: 'user', text: renderQuestion(question) };
  if (cost(whole) <= room) return { message: whole, cut: false };
  const bare = cost({ role: 'user', text: renderQuestion({ ...question, passages: blank(question) }) });
  const total = question.passages.reduce((sum, p) => sum + estimateTokens(p.text), 0);
  const share = Math.max(0, room - bare) / Math.max(1, total);
  const passages = question.passages.map((p) => ({
    ...p,
    text: cutMiddle(p.text, Math.floor(estimateTokens(p.text) * share)),
  }));
  return {
    message: { role: 'user', text: renderQuestion({ ...question, passages }) },
    cut: question.passages.length > 0,
  };
}

function blank(question: Question): Question['passages'] {
  return question.passages.map((p) => ({ ...p, text: CUT_MARK }));
}

/** Whole lines from both ends, as many as fit; at least the first and the last one's beginnings are tried. */
function cutMiddle(text: string, tokens: number): string {
  if (estimateTokens(text) <= tokens) return text;
  const lines = text.split('\n');
  const head: string[] = [];
  const tail: string[] = [];
  let left = tokens;
  for (let low = 0, high = lines.length - 1; low <= high;) {
    const fromHead = head.length <= tail.length;
    const line = (fromHead ? lines[low] : lines[high]) ?? '';
    left -= estimateTokens(`${line}\n`);
    if (left < 0) break;
    if (fromHead) {
      head.push(line);
      low += 1;
    } else {
      tail.unshift(line);
      high -= 1;
    }
  }
  return `${head.join('\n')}${CUT_MARK}${tail.join('\n')}`;
}

function cost(message: ChatMessage): number {
  return estimateTokens(message.text) + PER_MESSAGE;
}
