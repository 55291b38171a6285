import type { Stage } from '../stage.ts';

const LOOKS = [
  ['light', 'Light 2026', 'vs'],
  ['high-contrast', 'Dark High Contrast', 'hc-black'],
] as const;

/** The same window in other themes. */
export async function looksScene({ bench, story }: Stage): Promise<void> {
  await bench.openFile('sums.py');
  for (const [name, theme, className] of LOOKS) {
    await story.step(name, async () => {
      await bench.command('Preferences: Color Theme');
      await bench.pick(theme);
      await bench.page.locator(`.monaco-workbench.${className}`).waitFor();
      return `The same in the theme ${theme}.`;
    });
  }
}
