import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CloudPeer, startCloudPeer } from '../peers/cloud.ts';
import { type Scene, openScene } from './scene.ts';

describe('a folder that the user does not trust', () => {
  let scene: Scene;
  let cloud: CloudPeer;

  beforeAll(async () => {
    cloud = await startCloudPeer({ models: ['closed-model'] });
    const url = cloud.url;
    scene = await openScene({
      trustNobody: true,
      env: { NODE_EXTRA_CA_CERTS: cloud.certificate },
      settings: {
        'switchyard.endpoints': [
          { id: 'closed', label: 'Closed', protocol: 'openai', url, notThisMachine: true, key: false },
        ],
      },
    });
  });
  afterAll(async () => {
    await scene.close();
    await cloud.stop();
  });

  it('is private, whatever it was marked, and says why', async () => {
    await scene.barSays(/Switchyard/u);
    await scene.mark('open');
    await scene.workbench.command('Switchyard: Why Is This Workspace Private?');
    const rows = await scene.workbench.quickPickRows();
    expect(rows.map(({ label, detail }) => `${label} ${detail}`).join('\n')).toContain('The workspace is not trusted.');
    await scene.workbench.closeQuickPick();
    await scene.workbench.command('Switchyard: Refresh the List of Models');
    await scene.barSays(/Private-only workspace\./u);
    expect(cloud.connections).toBe(0);
  });

  it('is what it was marked as soon as it is trusted', async () => {
    await scene.workbench.command('Workspaces: Manage Workspace Trust');
    await scene.workbench.page.getByRole('button', { name: 'Trust', exact: true }).first().click();
    await scene.barSays(/Open workspace\./u);
    const asked = await scene.workbench.until('the cloud is asked', async () => Promise.resolve(cloud.seen[0]));
    expect(asked).toMatchObject({ method: 'GET', path: '/v1/models' });
  });
});
