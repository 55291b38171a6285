import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './cache.ts';
import { createSay } from './progress.ts';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Path of a Chromium. Installs Debian's when there is none and this is root; otherwise throws with what to do. */
export async function ensureChromium(): Promise<string> {
  const known = findChromium();
  if (known !== undefined) return known;
  const isDebian = inPath('apt-get') !== undefined;
  if (isDebian && process.getuid?.() === 0) {
    await installChromium();
    const installed = findChromium();
    if (installed !== undefined) return installed;
  }
  const how = isDebian ? 'Run `sudo apt-get install chromium`' : 'Install Chromium or Google Chrome';
  throw new Error(`No Chromium was found. ${how}, or set SWITCHYARD_CHROMIUM to the path of one.`);
}

/** `SWITCHYARD_CHROMIUM`, else the first one in PATH, else one in its usual place. */
export function findChromium(): string | undefined {
  const given = process.env['SWITCHYARD_CHROMIUM'];
  if (given !== undefined) return given;
  for (const command of COMMANDS) {
    const path = inPath(command);
    if (path !== undefined) return path;
  }
  return APPLICATIONS.find(isExecutable);
}

async function installChromium(): Promise<void> {
  const say = createSay('chromium');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  say('installing the distribution’s package: about 100 MB to download');
  await run('apt-get', ['update', '-q'], { env });
  let steps = 0;
  const onLine = (line: string) => {
    if (/^(Unpacking|Setting up) /.test(line) && ++steps % 20 === 0) say(line.slice(0, 60));
  };
  await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], {
    env,
    onLine,
  });
  say('ready');
}

function inPath(command: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
