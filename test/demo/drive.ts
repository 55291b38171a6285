import { chatScene } from './scenes/chat.ts';
import { completionScene } from './scenes/completion.ts';
import { looksScene } from './scenes/looks.ts';
import { modelsScene } from './scenes/models.ts';
import { privacyScene } from './scenes/privacy.ts';
import { recoveryScene } from './scenes/recovery.ts';
import { type StageOptions, withStage } from './stage.ts';

/** The whole main job, by a scripted user in a real workbench. Throws at the first step that did not go as it must. */
export async function drive(options: StageOptions): Promise<void> {
  await withStage(options, async (stage) => {
    await modelsScene(stage);
    await completionScene(stage);
    await chatScene(stage);
    await privacyScene(stage);
    await recoveryScene(stage);
    await looksScene(stage);
  });
}
