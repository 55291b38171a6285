import type { Intent, Passage, Question } from './thread.ts';

/** Kept short: it is part of every request, and small models follow short instructions best. */
export const SYSTEM_PROMPT = [
  'You are a programming assistant inside a code editor.',
  'Answer in Markdown. Be correct first, then brief.',
  'Put code into fenced blocks that name their language, complete enough to be pasted.',
  'Do not invent files, functions or results that you were not shown; say what you would need to see.',
].join(' ');

/** What the question says when the user pressed a command and typed nothing. */
export const INTENT_WORDS: Readonly<Record<Exclude<Intent, 'ask'>, string>> = {
  explain: 'Explain this code.',
  fix: 'Fix this code.',
  writeTests: 'Write tests for this code.',
  document: 'Document this code.',
};

const INSTRUCTIONS: Readonly<Record<Intent, string>> = {
  ask: '',
  explain: 'Say what the code is for, then how it works, step by step, and point out anything surprising or wrong.',
  fix: 'Name each fault in a sentence, then give the whole corrected passage in one code block that can replace it. Change nothing else.',
  writeTests:
    'Use the test framework that fits the language and the code. Cover the normal case, the edges and the failures. Give the tests in one code block, as a file that can be run.',
  document:
    'Give the passage back in one code block that can replace it, with documentation comments in the usual form of its language added and the code unchanged.',
};

/** A question as the model gets it: the passages first, then what is wanted. */
export function renderQuestion({ intent, text, passages }: Question): string {
  return [...passages.map((p) => renderPassage(p, intent)), text.trim(), INSTRUCTIONS[intent]]
    .filter(Boolean)
    .join('\n\n');
}

function renderPassage({ name, lines, language, text, problems }: Passage, intent: Intent): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  const head = `From ${name}, lines ${lines[0] + 1} to ${lines[1] + 1}:`;
  const body = `${head}\n\n${fence}${language}\n${text.replace(/\n$/u, '')}\n${fence}`;
  if (intent !== 'fix' || problems.length === 0) return body;
  return `${body}\n\nThe editor reports:\n${problems.map((problem) => `- ${problem}`).join('\n')}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/gu), (run) => run[0].length));
}
