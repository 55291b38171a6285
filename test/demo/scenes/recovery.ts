import assert from 'node:assert/strict';
import type { Stage } from '../stage.ts';

/** What the models run on dies, and comes back. */
export async function recoveryScene(stage: Stage): Promise<void> {
  if (stage.engine.label === 'Ollama') await ollamaDies(stage);
  else await engineDies(stage);
}

async function ollamaDies({ bench, story, chat, bar, engine }: Stage): Promise<void> {
  await story.step('ollama-killed', async () => {
    await engine.kill();
    await bench.command('Switchyard: Focus on Chat View');
    await chat.ask('Say hello.');
    const { failure } = await chat.ended();
    assert.match(failure, /is not running/);
    assert.match(failure, /Start Ollama/);
    await bar.says(/is not running/, 40_000);
    return 'Ollama was killed: the chat says so in place, with the button that starts it, and the bar says so, too.';
  });

  await story.step('ollama-back', async () => {
    await engine.restart();
    await bar.says(/^codestral:22b(?!.*is not running)/, 40_000);
    await chat.regenerate();
    const { failure, text } = await chat.ended();
    assert.equal(failure, '');
    assert.ok(text.length > 0);
    return 'Ollama runs again: the bar has mended itself, and Regenerate answers the question that was left.';
  });
}

async function engineDies({ bench, story, chat, engine }: Stage): Promise<void> {
  await story.step('engine-killed', async () => {
    await bench.command('Switchyard: Focus on Chat View');
    await bench.command('Switchyard: New Chat');
    await chat.empty();
    await chat.ask('Tell a long story about a dragon that learns to count.');
    // A small model may have done before anybody can act.
    while (!(await chat.goesOn(20))) await chat.regenerate();
    await engine.kill();
    const { failure, text } = await chat.ended();
    assert.match(failure, /The built-in engine ended before the answer was complete/);
    assert.ok(text.length >= 20, 'the text so far is gone');
    await bench.command('Switchyard: Show Requests');
    const frame = await bench.frameOf('.grid');
    await frame.locator('.filter').fill('chat');
    await frame.locator('.body .row').filter({ hasNotText: 'chat' }).first().waitFor({ state: 'hidden' });
    const row = frame.locator('.row[data-outcome=failed]').filter({ hasText: 'interrupted' }).first();
    assert.match(await row.innerText(), /Failed/);
    return 'The process of the built-in engine was killed in mid-answer: the chat says so in place, and keeps the text so far; the list of requests has it as failed.';
  });

  await story.step('engine-back', async () => {
    await bench.command('Switchyard: Focus on Chat View');
    await chat.ask('Say hello.');
    const { failure, text } = await chat.ended();
    assert.equal(failure, '');
    assert.ok(text.length > 0);
    return 'The next question starts it again, and is answered.';
  });
}
