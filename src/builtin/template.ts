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
  const values = (list: readonly { role: string; content: string }[]) => ({
    messages: list,
    add_generation_prompt: true,
    bos_token: tokenString(model, model.tokenBos()),
    eos_token: tokenString(model, model.tokenEos()),
    enable_thinking: think,
    tools: null,
  });
  const all = messages.map(({ role, text }) => ({ role, content: text }));
  try {
    return renderer.render(values(all));
  } catch (error) {
    // Some templates refuse a system message; then it opens the first question.
    const [first, second, ...others] = all;
    if (first?.role !== 'system' || second === undefined) throw error;
    const merged = { role: second.role, content: `${first.content}\n\n${second.content}` };
    return renderer.render(values([merged, ...others]));
  }
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
