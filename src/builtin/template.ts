import type { Chat } from '../core/builtinWire.ts';
import type { Native, NativeModel } from './native.ts';

/** The form of ChatML, for files that carry no template of their own. */
const CHATML =
  '{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

/** The conversation in the form that the model was trained on: the template that its file carries. */
export function renderChat(
  native: Native,
  model: NativeModel,
  template: string | undefined,
  { messages, think }: Pick<Chat, 'messages' | 'think'>,
): string {
  const renderer = new native.AddonJinjaRenderer(template ?? CHATML);
  const all = messages.map(({ role, text }) => ({ role, content: text }));
  const values = (list: readonly Message[], tools: readonly never[] | null) => ({
    messages: list,
    add_generation_prompt: true,
    bos_token: tokenString(model, model.tokenBos()),
    eos_token: tokenString(model, model.tokenEos()),
    enable_thinking: think,
    tools,
  });
  let failure: unknown;
  // Some templates refuse a system message: then it opens the first question. Some go through the tools unasked.
  for (const list of [all, merged(all)]) {
    for (const tools of [null, []]) {
      try {
        return renderer.render(values(list, tools));
      } catch (error) {
        failure ??= error;
      }
    }
  }
  throw failure;
}

interface Message {
  readonly role: string;
  readonly content: string;
}

function merged(messages: readonly Message[]): readonly Message[] {
  const [first, second, ...others] = messages;
  if (first?.role !== 'system' || second === undefined) return messages;
  return [{ role: second.role, content: `${first.content}\n\n${second.content}` }, ...others];
}

/** Of a prompt whose template has begun the thoughts already, that beginning: the answer goes on behind it. */
export function begunThought(prompt: string): string {
  return /<think(ing)?>\s*$/.exec(prompt)?.[0] ?? '';
}

/** The tokens of a prompt whose control tokens count as such, behind the one that begins every text. */
export function tokensOf(model: NativeModel, prompt: string): Uint32Array {
  const tokens = model.tokenize(prompt, true);
  const bos = model.tokenBos();
  if (bos < 0 || !model.shouldPrependBosToken() || tokens[0] === bos) return tokens;
  return Uint32Array.of(bos, ...tokens);
}

function tokenString(model: NativeModel, token: number): string {
  return token < 0 ? '' : model.getTokenString(token);
}
