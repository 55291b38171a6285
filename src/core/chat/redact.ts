import { type Message, type Passage, type Thread, retitled } from './thread.ts';

/** The thread with every text in it redacted, its title too. */
export async function redactThread(thread: Thread, redact: (text: string) => Promise<string>): Promise<Thread> {
  const passage = async (from: Passage): Promise<Passage> => ({
    ...from,
    text: await redact(from.text),
    problems: await Promise.all(from.problems.map(redact)),
  });
  const messages = thread.messages.map(async (message): Promise<Message> => {
    const text = await redact(message.text);
    if (message.role === 'assistant') return { ...message, text, thinking: await redact(message.thinking) };
    return { ...message, text, passages: await Promise.all(message.passages.map(passage)) };
  });
  return retitled({ ...thread, messages: await Promise.all(messages) });
}
