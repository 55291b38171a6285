import assert from 'node:assert/strict';
import type { Stage } from '../stage.ts';
import { startLine } from './completion.ts';

/** Questions to the real model, by typing and by the context menu. */
export async function chatScene(stage: Stage): Promise<void> {
  const { bench, story, chat } = stage;
  const { page } = bench;

  await story.step('chat-streaming', async () => {
    await page.keyboard.press('Control+Alt+i');
    await chat.frame();
    await widenSideBar(stage);
    await chat.ask('What is the difference between a mean and a median? Answer in three sentences.');
    await chat.streaming(40);
    assert.ok(await (await chat.frame()).getByRole('button', { name: 'Stop' }).isVisible(), 'there is no Stop');
    return 'The chat: the answer streams in, and Stop is there.';
  });

  await story.step('chat-finished', async () => {
    const { text, head, failure } = await chat.ended();
    assert.equal(failure, '');
    assert.match(head, /smollm2:135m/);
    assert.ok(text.length > 40, 'the answer is hardly one');
    return `The answer is complete (${text.length} characters), by ${head.replaceAll(/\s+/g, ' ')}.`;
  });

  await story.step('explain', async () => {
    await bench.cursorAt(4, 1);
    for (let line = 4; line <= 5; line++) await page.keyboard.press('Shift+ArrowDown');
    await page.locator('.view-line').filter({ hasText: 'return sum(numbers)' }).first().click({ button: 'right' });
    const menu = page.locator('.monaco-menu');
    await menu.getByText('Switchyard', { exact: true }).hover();
    const explain = menu.getByText('Explain', { exact: true });
    await explain.waitFor();
    // A click that comes while the menu is opening is lost.
    await bench.until('the menu to close', async () => {
      if (await explain.isVisible()) await explain.click({ timeout: 2000 });
      return !(await explain.isVisible());
    });
    await chat.streaming(60);
    return 'Explain, from the context menu: the selected lines of sums.py are in the question, and the answer comes.';
  });
  const explained = await chat.ended();
  assert.equal(explained.failure, '');

  await story.step('code-block', async () => {
    const question = 'Write a Python function smallest(numbers) that returns the smallest of them.';
    await bench.command('Switchyard: New Chat');
    await chat.empty();
    await chat.ask(question);
    let answer = await chat.ended();
    // What a model of this size writes is a matter of luck.
    for (let attempt = 1; answer.blocks === 0 && attempt < 5; attempt++) {
      await chat.regenerate();
      answer = await chat.ended();
    }
    assert.ok(answer.blocks > 0, 'no answer had a code block');
    return 'An answer with code: the block has its language, and buttons to copy it, insert it, put it in place of the selection, or open it.';
  });

  // No emptier than it has to be.
  const size = page.viewportSize();
  if (size) await page.setViewportSize({ width: size.width, height: 500 });
  await story.detail('chat', [page.locator('.part.sidebar')]);
  if (size) await page.setViewportSize(size);

  await story.step('inserted', async () => {
    await startLine(bench);
    const before = await bench.editorText();
    const { element } = await chat.ended();
    const code = await element.locator('.markdown .code pre').first().innerText();
    await element.locator('.markdown .code').first().hover();
    await element.getByRole('button', { name: 'Insert at Cursor' }).first().click();
    const line =
      code
        .split('\n')
        .find((each) => each.trim() !== '')
        ?.trim() ?? '';
    await bench.until('the code in the file', async () => {
      const text = await bench.editorText();
      return text !== before && text.includes(line);
    });
    return `Insert at Cursor: “${line}” and what follows is in sums.py.`;
  });
}

/** By its border, as people do. */
async function widenSideBar({ bench: { page } }: Stage): Promise<void> {
  const box = await page.locator('.part.sidebar').boundingBox();
  assert.ok(box, 'there is no side bar');
  const edge = { x: box.x + box.width + 1, y: box.y + box.height / 2 };
  await page.mouse.move(edge.x, edge.y);
  await page.mouse.down();
  await page.mouse.move(edge.x + 130, edge.y, { steps: 4 });
  await page.mouse.up();
}
