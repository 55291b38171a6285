import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createEmitter, type Disposable, type Event } from '../core/event.ts';
import { type OrganisationPolicy, readOrganisationPolicy } from '../core/privacy/organisation.ts';
import { codeOf } from './folderNames.ts';

/** A policy file that is there. */
export interface PolicyFile {
  readonly path: string;
  readonly policy: OrganisationPolicy | 'unreadable';
}

/** What the organisation's policy files say, as they are now. */
export interface Organisation extends Disposable {
  readonly files: readonly PolicyFile[];
  readonly onDidChange: Event<void>;
}

/**
 * Where a machine's administrator puts the policy. On Windows also where the environment says that the folder is, if that is
 * another place: both count, so a changed environment takes nothing away.
 */
export function policyPaths(platform: NodeJS.Platform, programData: string | undefined): readonly string[] {
  if (platform === 'darwin') return ['/Library/Application Support/Switchyard/policy.json'];
  if (platform !== 'win32') return ['/etc/switchyard/policy.json'];
  const folders = new Set([String.raw`C:\ProgramData`, ...(programData ? [programData] : [])]);
  return [...folders].map((folder) => String.raw`${folder}\Switchyard\policy.json`);
}

/** How often the files are looked at, in ms. Polling sees files whose folder does not exist yet. */
const LOOK_MS = 1_000;

/** `report` is told of a file that cannot be read or understood: until it can, everything counts as private. */
export function createOrganisation(
  paths: readonly string[],
  report: (problem: { readonly path: string; readonly problem: string }) => void,
): Organisation {
  const changed = createEmitter<void>();
  // Read at once and in full: nothing may be judged before, and on nearly every machine there is no such file.
  const readAll = () => paths.flatMap((path) => readPolicyFile(path, report));
  let files = readAll();
  const reread = () => {
    files = readAll();
    changed.fire();
  };
  for (const path of paths) watchFile(path, { interval: LOOK_MS, persistent: false }, reread);
  return {
    get files() {
      return files;
    },
    onDidChange: changed.event,
    dispose() {
      for (const path of paths) unwatchFile(path, reread);
      changed.dispose();
    },
  };
}

function readPolicyFile(path: string, report: Parameters<typeof createOrganisation>[1]): PolicyFile[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    report({ path, problem: `it cannot be read${code ? ` (${code})` : ''}` });
    return [{ path, policy: 'unreadable' }];
  }
  const policy = readOrganisationPolicy(text);
  if (!('problem' in policy)) return [{ path, policy }];
  report({ path, problem: policy.problem });
  return [{ path, policy: 'unreadable' }];
}
