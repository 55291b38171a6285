import assert from 'node:assert/strict';
import type { Stage } from '../stage.ts';

/** A small model on a busy machine. */
const GHOST_MS = 60_000;

/** Ghost text from the real model, taken whole and word by word. */
export async function completionScene({ bench, story, bar }: Stage): Promise<void> {
  const { page } = bench;
  const writes = async (head: string) => {
    await bench.typeInEditor(head, 60);
    return bench.ghostText(GHOST_MS);
  };

  await story.step('ghost-text', async () => {
    await bench.openFile('sums.py');
    await bench.cursorAt(11, 1);
    const ghost = await writes('\ndef mean(numbers):\nreturn');
    assert.match(ghost, /\S/);
    return `Typing a function in Python with codestral:22b: the model goes on with “${ghost.trim().split('\n')[0]}”.`;
  });
  await story.detail('completion', [
    page.locator('.editor-group-container.active .view-lines .view-line').first(),
    page.locator('.editor-group-container.active .tabs-container'),
    bar.item,
  ]);

  await story.step('accepted', async () => {
    const ghost = await bench.ghostText(GHOST_MS);
    const line = ghost.split('\n')[0]?.trim() ?? '';
    await page.keyboard.press('Tab');
    await bench.until('the text in the file', async () => (await bench.editorText()).includes(`return ${line}`));
    return `Tab: “return ${line}” is in the file.`;
  });

  await story.step('accepted-word', async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+End');
    const ghost = await writes('\n\ndef product(numbers):\n');
    const before = await bench.editorText();
    await page.keyboard.press('Control+ArrowRight');
    const after = await bench.until('a word more', async () => {
      const text = await bench.editorText();
      return text !== before && text;
    });
    const rest = await bench.ghostText(GHOST_MS);
    assert.ok(after.trimEnd().length > before.trimEnd().length);
    assert.ok(rest.length < ghost.length, `the ghost text did not shrink: “${rest}” after “${ghost}”`);
    return `Ctrl+→: one word of “${ghost.trim().split('\n')[0]}” was taken, and the rest still stands in grey.`;
  });
  await page.keyboard.press('Escape');
}
