import assert from 'node:assert/strict';
import type { Stage } from '../stage.ts';

/** The bar, the picker, switching and going back. Everything counts as private-only: nobody was asked yet. */
export async function modelsScene({ bench, story, bar, engine, cloud }: Stage): Promise<void> {
  const { page } = bench;

  await story.step('first-start', async () => {
    await bench.toast('How private is');
    await bar.says(new RegExp(`^codestral:22b · ${engine.word}.*Private-only workspace`));
    assert.ok(await bar.item.locator('.codicon-lock').isVisible(), 'the bar shows no lock');
    return 'First start: the status bar names codestral:22b, says where it runs, and shows a lock: the folder counts as private-only until the question is answered.';
  });

  await story.step('tooltip', async () => {
    await bar.item.hover();
    const hover = page.locator('.monaco-hover:visible').filter({ hasText: 'Completion:' });
    await hover.waitFor();
    const text = (await hover.innerText()).replaceAll('\u00A0', ' ');
    assert.match(text, /Private-only/);
    assert.match(text, new RegExp(`${engine.label} .*: 4 models`));
    return 'The tooltip: both models with their facts, the level and its reason, the servers, and the actions.';
  });
  await page.mouse.move(700, 700);
  await page.keyboard.press('Escape');
  await bench.closeToasts();

  await story.step('picker', async () => {
    await page.keyboard.press('Control+Alt+m');
    const rows = await bench.quickPickRows();
    const of = (name: string) => rows.find(({ label }) => label.includes(name));
    assert.match(rows[0]?.separator ?? '', /^On this machine/);
    assert.match(of('codestral:22b')?.detail ?? '', /98 MB.*Q4_1/);
    assert.match(of('Closed API')?.detail ?? '', /^Forbidden: .*private-only/);
    assert.ok(rows.some(({ separator }) => separator === 'In the cloud'));
    return 'The picker: models in groups by where they run, each with its size, quantisation, context and abilities. The closed API is listed with a lock and the reason.';
  });
  await story.detail('picker', [page.locator('.quick-input-widget')]);

  await story.step('switched', async () => {
    await bench.pick('qwen2.5-coder:0.5b-base');
    await bar.says(/^qwen2.5-coder:0.5b-base.*Completion: qwen2.5/);
    return 'Another model: qwen2.5-coder:0.5b-base was loaded, and then the bar names it.';
  });

  await story.step('previous-model', async () => {
    await page.keyboard.press('Control+Alt+Shift+m');
    await bar.says(/^codestral:22b.*Completion: codestral/);
    return 'Ctrl+Alt+Shift+M: back at codestral:22b.';
  });
  assert.equal(cloud.connections, 0, 'the closed API was reached in an unclassified folder');
}
