import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorkbench, type Workbench } from './driver.ts';
import { sampleWorkspace, vsixUnderTest } from './workspace.ts';

describe('the packaged extension in a real workbench', () => {
  const workspace = sampleWorkspace();
  let workbench: Workbench;
  beforeAll(async () => {
    workbench = await openWorkbench({ vsix: vsixUnderTest(), folder: workspace.path });
  });
  afterAll(async () => {
    await workbench.close();
    workspace.remove();
  });

  it('has an item in the status bar', async () => {
    const item = workbench.page.locator('.statusbar-item[id^="switchyard.switchyard"]').first();
    await item.waitFor();
    expect(await item.innerText()).not.toBe('');
  });

  it('lists its commands in the palette', async () => {
    await workbench.command('Switchyard: Switch Model…');
    expect(await workbench.quickPickTitle()).not.toBe('');
    await workbench.closeQuickPick();
  });

  it('edits a file', async () => {
    await workbench.openFile('sums.py');
    await workbench.cursorAt(5, 18);
    await workbench.typeInEditor(' + 0');
    await expect.poll(workbench.editorText).toContain('return result + 0');
  });

  it('shows its chat view', async () => {
    await workbench.command('Switchyard: Focus on Chat View');
    const frame = await workbench.frameOf('textarea');
    expect(await frame.locator('textarea').count()).toBe(1);
  });
});
