import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HEADING, THEMES, answerOf, bundle, launch, openChatPage, questionOf, threadOf } from './chatPage.ts';
import themes from './themes.json' with { type: 'json' };

const browser = await launch();
const bundled = browser ? await bundle() : undefined;

const TEXT = `The function **debounces** calls: it waits until \`delay\` ms have passed without another call.

1. Every call clears the timer that the call before it set.
2. Only the last timer fires.

\`\`\`ts
// Calls \`run\` once the calls stop for \`ms\`.
export function debounce(run: () => void, ms = 300) {
  let timer: number | undefined;
  return () => { clearTimeout(timer); timer = setTimeout(run, ms, "now"); };
}
\`\`\`

| Case | Calls | Runs |
|:-----|:-----:|-----:|
| ten clicks in a second | 10 | 1 |

> See [setTimeout](https://developer.mozilla.org/docs).
`;

/** Texts whose contrast with what lies behind them is below the ratio; for code, whose colours are the theme's, below 4.5. Backgrounds of one colour are enough here. */
const FAINT = `(ratio) => {
  const parse = (text) => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d');
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return { rgb: [r, g, b], a: a / 255 };
  };
  const over = (top, below) => top.rgb.map((c, i) => c * top.a + below[i] * (1 - top.a));
  const behind = (e) => {
    const below = e.parentElement ? behind(e.parentElement) : [255, 255, 255];
    const { rgb, a } = parse(getComputedStyle(e).backgroundColor);
    return a === 0 ? below : over({ rgb, a }, below);
  };
  const light = (rgb) => rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement;
    if (!node.data.trim() || !e.checkVisibility() || e.closest('script, .only-read, :disabled')) continue;
    const back = behind(e);
    const front = over(parse(getComputedStyle(e).color), back);
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
    const found = (a + 0.05) / (b + 0.05);
    if (found < (e.closest('pre') ? 4.5 : ratio)) faint.push(found.toFixed(2) + ' ' + e.className + ': ' + node.data.trim().slice(0, 30));
  }
  return faint;
}`;

it('names only colours that the editor has, or says what to use instead', async () => {
  const css = await readFile(join(import.meta.dirname, '../../src/webview/pages/chat.css'), 'utf8');
  const bare = Array.from(css.matchAll(/var\((?<name>--vscode-[\w-]+)\)/gu), (use) => use.groups?.['name'] ?? '');
  const known = new Set(Object.keys(themes.dark.variables));
  expect(bare.filter((name) => !known.has(name))).toEqual([]);
});

describe.skipIf(!browser)('the looks of the chat', () => {
  afterAll(async () => browser?.close());

  it.each(THEMES)('can be read in %s', async (theme) => {
    if (!browser || !bundled) return;
    const chat = await openChatPage(browser, bundled, { theme });
    const faint = async (name: string) => {
      await chat.picture(`${theme}-${name}`);
      return chat.page.evaluate<string[]>(`(${FAINT})(${theme.startsWith('hc') ? 7 : 4.5})`);
    };
    await chat.tell({ type: 'heading', heading: HEADING });
    const found = await faint('1-empty');
    const setup = [
      { text: 'Ollama is not running at 127.0.0.1:11434.', button: 'Start Ollama' },
      { text: 'OpenAI needs an API key.', button: 'Set Key' },
    ];
    await chat.tell({ type: 'heading', heading: { level: 'private', levelTitle: '', setup } });
    found.push(...(await faint('2-setup')));
    await chat.tell({ type: 'heading', heading: HEADING });
    const passages = [{ label: 'debounce.ts:12–24', title: 'src/debounce.ts, lines 12–24' }];
    const thinking = 'The function takes a callback.';
    await chat.tell(
      threadOf(questionOf('Explain this code.', { passages }), answerOf(TEXT, { thinking, thinkingMs: 4200 })),
    );
    await chat.page.evaluate(`document.querySelector('.scroller').scrollTop = 0`);
    await chat.page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    found.push(...(await faint('3-answer')));
    const failure = {
      text: 'This chat carries private-only text, so this model cannot continue it.',
      buttons: ['Switch Model', 'New Chat', 'Show What Is in It…'],
    };
    const model = { label: 'gpt-5.2', zone: 'cloud' } as const;
    await chat.tell({ type: 'heading', heading: { ...HEADING, model, level: 'open' } });
    await chat.tell({ type: 'input', passages, focus: true, text: 'Why is the total wrong for an empty cart?' });
    await chat.tell(
      threadOf(
        questionOf('Explain this code.'),
        answerOf('It counts.', { state: 'stopped' }),
        questionOf('And why is it slow?', { id: 'q2' }),
        answerOf('', { id: 'a2', model, state: 'failed', failure }),
        questionOf('Again, in other words', { id: 'q3' }),
        answerOf('', { id: 'a3', state: 'streaming' }),
      ),
    );
    found.push(...(await faint('4-failed')));
    const held = {
      text: 'Not sent: this request holds what looks like a secret.',
      findings: [
        { title: 'GitHub token in src/deploy.ts, line 12', excerpt: "const token = '••••••••';" },
        { title: 'Database password in your question', excerpt: 'postgres://shop:••••••••' },
      ],
      ways: ['local', 'redact', 'discard'] as ('local' | 'redact' | 'discard')[],
    };
    await chat.tell(
      threadOf(questionOf('Why does the deploy fail?', { passages }), answerOf('', { model, state: 'held', held })),
    );
    found.push(...(await faint('5-held')));
    expect(found).toEqual([]);
    await chat.told();
    expect(chat.wrong).toEqual([]);
    await chat.close();
  });

  it('fits a narrow side bar', async () => {
    if (!browser || !bundled) return;
    const chat = await openChatPage(browser, bundled, { width: 240 });
    const model = { label: 'DeepSeek-Coder-V2-Lite-Instruct:Q4_K_M', zone: 'network' } as const;
    await chat.tell({ type: 'heading', heading: { ...HEADING, model } });
    await chat.tell(threadOf(questionOf('Explain this code.'), answerOf(`${TEXT}\n${'long'.repeat(100)}`, { model })));
    await chat.picture('narrow');
    const wide = await chat.page.evaluate(
      `[...document.querySelectorAll('.scroller, .composer, .box-bar')].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.className)`,
    );
    expect(wide).toEqual([]);
    expect(await chat.page.locator('.picker-zone').innerText()).toBe('Network');
    await chat.close();
  });
});
