import assert from 'node:assert/strict';
import type { Stage } from '../stage.ts';

/** Ollama dies, and comes back. */
export async function recoveryScene({ bench, story, chat, bar, ollama }: Stage): Promise<void> {
  await story.step('ollama-killed', async () => {
    await ollama.kill();
    await bench.command('Switchyard: Focus on Chat View');
    await chat.ask('Say hello.');
    const { failure } = await chat.ended();
    assert.match(failure, /is not running/);
    assert.match(failure, /Start Ollama/);
    await bar.says(/is not running/, 40_000);
    return 'Ollama was killed: the chat says so in place, with the button that starts it, and the bar says so, too.';
  });

  await story.step('ollama-back', async () => {
    await ollama.restart();
    await bar.says(/^codestral:22b(?!.*is not running)/, 40_000);
    await chat.regenerate();
    const { failure, text } = await chat.ended();
    assert.equal(failure, '');
    assert.ok(text.length > 0);
    return 'Ollama runs again: the bar has mended itself, and Regenerate answers the question that was left.';
  });
}
