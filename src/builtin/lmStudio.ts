import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/**
 * The folders that LM Studio keeps models in, most likely first. Its home is what `~/.lmstudio-home-pointer` names, else
 * `~/.cache/lm-studio` of old versions, else `~/.lmstudio`; the folder for models is `models` in it unless its settings name
 * another as `downloadsFolder` (lms, src/modelsFolder.ts, and lms-common-server, findLMStudioHome; read 2026-11).
 */
export function lmStudioFolders(home: string): readonly string[] {
  const pointed = read(join(home, '.lmstudio-home-pointer'))?.trim();
  const homes = [
    ...(pointed !== undefined && isAbsolute(pointed) ? [pointed] : []),
    join(home, '.lmstudio'),
    join(home, '.cache', 'lm-studio'),
  ];
  const folders = homes.flatMap((each) => [chosenIn(each), join(each, 'models')]);
  return [...new Set(folders.filter((folder) => folder !== undefined))];
}

function chosenIn(home: string): string | undefined {
  try {
    const settings: unknown = JSON.parse(read(join(home, 'settings.json')) ?? '{}');
    const folder: unknown = typeof settings === 'object' && settings ? Reflect.get(settings, 'downloadsFolder') : '';
    return typeof folder === 'string' && isAbsolute(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** What a file says that may be missing. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
