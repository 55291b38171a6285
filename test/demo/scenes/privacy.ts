import assert from 'node:assert/strict';
import { CLOUD_KEY, CLOUD_LABEL, CLOUD_MODEL } from '../servers.ts';
import { KEY_TO_CLOUD, type Stage } from '../stage.ts';

/** A closed API that can be reached, and then not. */
export async function privacyScene(stage: Stage): Promise<void> {
  await opened(stage);
  await closed(stage);
}

async function opened({ bench, story, chat, bar, cloud }: Stage): Promise<void> {
  const { page } = bench;
  const asked = () => cloud.to('/v1/chat/completions').length;

  await story.step('mark-open', async () => {
    assert.equal(cloud.connections, 0, 'the closed API was reached before anybody allowed it');
    await bench.command('Switchyard: Mark This Workspace Open…');
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    assert.match(await dialog.innerText(), /closed APIs in the cloud/);
    return 'Mark This Workspace Open: a dialog says what will change. Until now the closed API has received nothing, not even a connection.';
  });

  await story.step('open-without-key', async () => {
    await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Mark Open' }).click();
    await bar.says(/Open workspace/);
    assert.equal(await bar.item.locator('.codicon-lock').count(), 0, 'the bar still shows a lock');
    await page.keyboard.press('Control+Alt+m');
    await bench.until('a row that asks for the key', async () =>
      (await bench.quickPickRows()).some(({ detail }) => detail === `${CLOUD_LABEL} needs an API key.`),
    );
    return 'The workspace is open: the lock is gone, and the picker offers to set the key of the closed API.';
  });

  await story.step('set-key', async () => {
    await bench.pick(`${CLOUD_LABEL} needs an API key`);
    const title = await bench.until('the box for the key', async () => {
      const found = await bench.quickPickTitle();
      return found.startsWith('API Key') && found;
    });
    await bench.fillInput(CLOUD_KEY);
    return `${title}: kept in the editor’s secret storage and sent to this origin only.`;
  });

  await story.step('carried-text', async () => {
    await page.keyboard.press('Enter');
    await bench.until('the models of the closed API', () => Promise.resolve(cloud.to('/v1/models').length > 0));
    await bench.command('Switchyard: Focus on Chat View');
    await chat.press(/^Chat model/);
    await bench.pick(CLOUD_MODEL);
    await bar.says(new RegExp(`Chat: ${CLOUD_MODEL}, in the cloud`));
    await chat.ask('Go on with the function.');
    const { failure } = await chat.ended();
    assert.match(failure, /carries private-only text/);
    assert.match(failure, /New Chat/);
    assert.equal(asked(), 0, 'text from a private chat reached the closed API');
    return 'The chat from private times stays private: the closed model is chosen, and its continuation is refused in place, with what to press.';
  });

  await story.step('closed-answer', async () => {
    await chat.press('New Chat');
    await chat.empty();
    await chat.ask('Who are you, and where do you run?');
    const { failure, head, text } = await chat.ended();
    assert.equal(failure, '');
    assert.match(head, new RegExp(`${CLOUD_MODEL}[^]*Cloud`));
    assert.equal(asked(), 1);
    return `A new chat with the closed model: an answer over TLS with the key, and the bar says cloud (“${text.slice(0, 44)}…”).`;
  });
}

async function closed({ bench, story, chat, bar, cloud, engine }: Stage): Promise<void> {
  const { page } = bench;
  let before = { connections: 0, bytes: 0 };
  const unchanged = () =>
    assert.deepEqual(
      { connections: cloud.connections, bytes: cloud.bytes },
      before,
      'something reached the closed API',
    );

  await story.step('private-only', async () => {
    await bench.command('Switchyard: Mark This Workspace Private-Only');
    await bar.says(/Private-only workspace/);
    assert.ok(await bar.item.locator('.codicon-lock').isVisible());
    await bar.says(new RegExp(`Chat: smollm2:135m, ${engine.place}`));
    assert.doesNotMatch(await chat.heading(), new RegExp(CLOUD_MODEL));
    // Connections of before are closed; from here on not a byte may arrive.
    await bench.until('quiet', async () => {
      const { bytes } = cloud;
      await page.waitForTimeout(1000);
      return cloud.bytes === bytes;
    });
    before = { connections: cloud.connections, bytes: cloud.bytes };
    return `Marked private-only: the lock is back, at once, and the chat is with a model on this machine. The closed API has received ${before.bytes} bytes until now.`;
  });

  await story.step('picker-refuses', async () => {
    await page.keyboard.press('Control+Alt+m');
    const rows = await bench.quickPickRows();
    const row = rows.find(({ label }) => label.includes(CLOUD_LABEL) || label.includes(CLOUD_MODEL));
    assert.match(row?.detail ?? '', /^Forbidden: /);
    await bench.pick(CLOUD_LABEL);
    await bench.pick(CLOUD_MODEL);
    await bench.toast('not allowed here');
    unchanged();
    return 'By the picker: the closed API and its model are forbidden, with the reason, and choosing them only says so again.';
  });
  await story.detail('private', [page.locator('.quick-input-widget')]);
  await bench.closeQuickPick();
  await bench.closeToasts();

  await story.step('key-refuses', async () => {
    await page.keyboard.press(KEY_TO_CLOUD);
    await bench.toast('not allowed here');
    unchanged();
    return 'By a key whose command names the closed model as its argument: refused.';
  });
  await bench.closeToasts();

  await story.step('chat-stays-here', async () => {
    await bench.command('Switchyard: Focus on Chat View');
    await chat.ask('Say hello.');
    const { failure, head } = await chat.ended();
    assert.equal(failure, '');
    assert.match(head, /smollm2:135m[^]*(Device|In the editor)/);
    unchanged();
    return 'By the chat: the question in the same chat is answered by the model on this machine.';
  });

  await story.step('why', async () => {
    await bench.command('Switchyard: Why Is This Workspace Private?');
    const rows = await bench.quickPickRows();
    assert.ok(rows.some(({ detail }) => detail === 'You marked “readings” so.'));
    return 'Why Is This Workspace Private? Every reason, and choosing one leads to where it can be changed.';
  });
  await bench.closeQuickPick();

  await story.step('after-reload', async () => {
    await bench.reload();
    await bar.says(/^codestral:22b.*Private-only workspace/, 60_000);
    const frame = await chat.frame();
    await frame.locator('article.answer').nth(1).waitFor();
    await bar.says(/demo-large is not used/);
    unchanged();
    return 'After a reload of the window: the models, the level and the chat are still there, and the saved choice of the closed model reaches nothing either.';
  });

  await story.step('requests', async () => {
    await bench.command('Switchyard: Show Requests');
    const frame = await bench.frameOf('.grid');
    await frame.locator('.chain[data-state=intact]').waitFor();
    await frame.locator('.filter').fill('refused chat demo-large');
    await frame.locator('.row[data-outcome=refused]').filter({ hasText: 'demo-large' }).first().waitFor();
    await frame.locator('.row[data-outcome=ok]').first().waitFor({ state: 'hidden' });
    unchanged();
    return `Show Requests: every request and every refusal. Since the workspace was marked, the closed API has received 0 bytes in ${cloud.connections - before.connections} connections.`;
  });
}
