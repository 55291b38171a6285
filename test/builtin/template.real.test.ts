import { beforeAll, describe, expect, test } from 'vitest';
import { type Native, type NativeModel, loadNative } from '../../src/builtin/native.ts';
import { begunThought, renderChat, tokensOf } from '../../src/builtin/template.ts';
import { ensureEngine } from '../setup/engine.ts';
import { smallModel } from '../setup/ollamaBuild.ts';

/** Templates as models carry them, rendered by llama.cpp's own Jinja; their forms are of the families that are named. */
let native: Native;
let model: NativeModel;
beforeAll(async () => {
  native = await loadNative((await ensureEngine()).binary, () => undefined);
  model = new native.AddonModel(await smallModel(), {
    addonExports: native,
    gpuLayers: 0,
    useMmap: true,
    checkTensors: false,
  });
  if (!(await model.init())) throw new Error('The small model does not load.');
}, 600_000);

const SYSTEM = { role: 'system', text: 'Be brief.' } as const;
const USER = { role: 'user', text: 'Hello?' } as const;
const render = (template: string | undefined, messages: readonly (typeof SYSTEM | typeof USER)[], think = false) =>
  renderChat(native, model, template, { messages: [...messages], think });

describe('a conversation', () => {
  test('without a template is ChatML', () => {
    expect(render(undefined, [SYSTEM, USER])).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello?<|im_end|>\n<|im_start|>assistant\n',
    );
  });
  test('opens with the instructions where a template wants no system message (Gemma 2)', () => {
    const template =
      "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" +
      "{% for message in messages %}{{ '<start_of_turn>' + message['role'] + '\\n' + message['content'] + '<end_of_turn>\\n' }}{% endfor %}";
    expect(render(template, [SYSTEM, USER])).toMatch(/<start_of_turn>user\nBe brief\.\n\nHello\?<end_of_turn>\n$/u);
  });
  test('is rendered where a template goes through the tools unasked (Hermes 2 Pro)', () => {
    const template =
      '{% for tool in tools %}{{ tool }}{% endfor %}{% for message in messages %}[{{ message.content }}]{% endfor %}';
    expect(render(template, [USER])).toBe('[Hello?]');
  });
  test('tells a template whether to think (Qwen 3), and knows when it has begun (DeepSeek R1)', () => {
    const template =
      '{{ messages[0].content }}{% if enable_thinking is false %}<think>\n\n</think>\n\n{% else %}<think>\n{% endif %}';
    expect(begunThought(render(template, [USER], false))).toBe('');
    expect(begunThought(render(template, [USER], true))).toBe('<think>\n');
  });
});

test('control tokens in a raw prompt count as such', () => {
  expect([...tokensOf(model, 'a<|im_end|>')].map((token) => model.getTokenString(token))).toEqual(['a', '<|im_end|>']);
});
