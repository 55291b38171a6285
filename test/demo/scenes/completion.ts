import assert from 'node:assert/strict';
import type { Stage } from '../stage.ts';

/** A small model on a busy machine. */
const GHOST_MS = 60_000;
/** How long ghost text has to stand still to be taken for the whole. */
const STILL_MS = 500;

/** Ghost text from the real model, taken whole and word by word. */
export async function completionScene({ bench, story }: Stage): Promise<void> {
  const { page } = bench;
  const settledGhost = () =>
    bench.until(
      'ghost text that stands still',
      async () => {
        const ghost = await bench.ghostText(GHOST_MS);
        await page.waitForTimeout(STILL_MS);
        return (await bench.hasGhostText()) && (await bench.ghostText()) === ghost && ghost;
      },
      GHOST_MS,
    );
  const firstLine = (text: string) => text.split('\n')[0]?.trim() ?? '';
  let ghost = '';

  await story.step('ghost-text', async () => {
    await bench.openFile('sums.py');
    await bench.cursorAt(11, 1);
    await bench.typeInEditor('\ndef mean(numbers):\n', 60);
    ghost = await settledGhost();
    return `Typing a function in Python: codestral:22b goes on with “${firstLine(ghost)}”.`;
  });
  const lines = page.locator('.editor-group-container.active .view-lines .view-line > span');
  await story.detail('completion', [page.locator('.editor-group-container.active .tab'), lines]);
  await story.detail('status-bar', [page.locator('.part.statusbar .right-items')]);

  await story.step('accepted', async () => {
    const line = `    ${firstLine(ghost)}`;
    await page.keyboard.press('Tab');
    await bench.until('the text in the file', async () => (await bench.editorText()).includes(line));
    return `Tab: “${line.trim()}” is in the file.`;
  });

  await story.step('accepted-word', async () => {
    await startLine(bench);
    await bench.typeInEditor('def difference(numbers):\n', 60);
    ghost = await settledGhost();
    const before = await bench.editorText();
    const word = await bench.until('a word more', async () => {
      // The blank before a word counts as one of its own in VS Code.
      await page.keyboard.press('Control+ArrowRight');
      await page.waitForTimeout(STILL_MS);
      return (await bench.editorText()).trimEnd().slice(before.trimEnd().length).trim() || undefined;
    });
    const rest = await settledGhost();
    assert.ok(ghost.includes(word) && rest.length < ghost.length, `“${rest}” after “${word}” of “${ghost}”`);
    return `Ctrl+→: the word “${word}” of “${firstLine(ghost)}” was taken, and the rest still stands in grey.`;
  });
  await page.keyboard.press('Tab');
}

/** Goes to a line of its own at the end of the file, without the indentation that the editor offers. */
export async function startLine({ page, focusEditor }: Stage['bench']): Promise<void> {
  await focusEditor();
  for (const key of ['Escape', 'Control+End', 'Enter', 'Enter', 'Enter', 'Backspace']) await page.keyboard.press(key);
}
