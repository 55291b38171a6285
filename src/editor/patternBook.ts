import * as vscode from 'vscode';
import { createEmitter, type Disposable, type Event } from '../core/event.ts';
import type { Said, Statement } from '../core/privacy/level.ts';
import {
  type Covering,
  type Match,
  type Pattern,
  type Patterns,
  type Remotes,
  compilePatterns,
  readPatterns,
} from '../core/privacy/patterns.ts';
import { type FolderNames, IGNORES_CASE, folderPath, homePaths } from './folderNames.ts';
import type { GitRemotes } from './gitRemotes.ts';
import type { Organisation } from './organisation.ts';
import { asSaid } from './marks.ts';
import { userValue } from './userValue.ts';

/** What the user's patterns and the organisation's policy say of folders. */
export interface PatternBook extends Disposable {
  /** The user's patterns. */
  user(folder: vscode.Uri): Match;
  organisation(folder: vscode.Uri): readonly Statement[];
  /** Of a file, what they do not say of the workspace folder around it, too. */
  place(file: vscode.Uri, folder: vscode.Uri | undefined): readonly Statement[];
  /** `switchyard.privacy.maximumLevel` of the user. */
  maximum(): Said;
  readonly onDidChange: Event<void>;
}

const PATTERNS = 'privacy.patterns';
const MAXIMUM = 'privacy.maximumLevel';

export function createPatternBook(names: FolderNames, organisation: Organisation): PatternBook {
  const changed = createEmitter<void>();
  let tools: { readonly covering: Covering; readonly remotes: GitRemotes } | undefined;
  let homes: readonly string[] | undefined;
  let compiled: { user: Patterns; files: readonly { path: string; patterns: Patterns }[] } | undefined;
  let raw = readRaw();
  let disposed = false;

  const forget = () => {
    compiled = undefined;
    changed.fire();
  };
  const subscriptions: Disposable[] = [
    organisation.onDidChange(forget),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration('switchyard.privacy')) return;
      raw = readRaw();
      forget();
    }),
  ];
  const load = async () => {
    const [{ covering }, { createGitRemotes }] = await Promise.all([
      import('../core/privacy/glob.ts'),
      import('./gitRemotes.ts'),
    ]);
    if (disposed) return;
    const remotes = createGitRemotes();
    subscriptions.push(
      remotes,
      remotes.onDidChange(() => changed.fire()),
    );
    tools = { covering, remotes };
    // Read before somebody asks: until then the text counts as private.
    const early = (editors: readonly vscode.TextEditor[]) => {
      const all = patterns();
      if (!all || ![all.user, ...all.files.map((file) => file.patterns)].some(({ wantRemotes }) => wantRemotes)) return;
      for (const { document } of editors) if (document.uri.scheme === 'file') remotesOf(document.uri, '..');
    };
    subscriptions.push(vscode.window.onDidChangeVisibleTextEditors(early));
    forget();
    early(vscode.window.visibleTextEditors);
  };
  let loading: Promise<void> | undefined;

  /** `undefined` while what reads them is being loaded; most users have no pattern and never load it. */
  const patterns = () => {
    const files = organisation.files.flatMap(({ path, policy }) =>
      policy === 'unreadable' || !policy.folders?.length ? [] : [{ path, folders: policy.folders }],
    );
    const user = readPatterns(raw.patterns);
    if (user.length === 0 && files.length === 0) return NONE;
    if (compiled) return compiled;
    if (!tools) {
      // Should it fail, the next one who asks tries again; until then everything is private.
      loading ??= load().catch(() => {
        loading = undefined;
      });
      return undefined;
    }
    const { covering } = tools;
    homes ??= homePaths();
    const facts = { homes, ignoreCase: IGNORES_CASE };
    const compile = (list: readonly (Pattern | 'unreadable')[]) => compilePatterns(list, covering, facts);
    compiled = {
      user: compile(user),
      files: files.map(({ path, folders }) => ({ path, patterns: compile(folders) })),
    };
    return compiled;
  };
  /** Those of every repository that it lies in by one of its names: a link may lead into another clone. */
  const remotesOf = (folder: vscode.Uri, inside = '.'): Remotes => {
    const own = names.of(folder);
    if (!tools || own === 'unreadable') return tools ? 'unreadable' : 'unread';
    const { remotes } = tools;
    const all = own.map((name) => remotes.of(vscode.Uri.joinPath(vscode.Uri.parse(name), inside)));
    if (all.includes('unreadable')) return 'unreadable';
    return all.includes('unread') ? 'unread' : all.flat();
  };
  const pathsOf = (folder: vscode.Uri): readonly string[] => {
    const own = names.of(folder);
    return own === 'unreadable' ? [] : own.map(folderPath);
  };

  return {
    user(folder) {
      const all = patterns();
      if (!all) return UNREAD;
      return all.user.of(pathsOf(folder), () => remotesOf(folder));
    },
    organisation(folder) {
      const all = patterns();
      return organisation.files
        .flatMap(({ path, policy }): Statement[] => {
          if (policy === 'unreadable') return [{ said: 'unreadable', by: path }];
          const maximum: Statement[] = policy.maximumLevel ? [{ said: policy.maximumLevel, by: path }] : [];
          if (!policy.folders?.length) return maximum;
          const own = all?.files.find((file) => file.path === path)?.patterns;
          const found = own ? own.of(pathsOf(folder), () => remotesOf(folder)).statements : UNREAD.statements;
          return [...maximum, ...found.map(({ said, by }) => ({ said, by: `“${by}” in ${path}` }))];
        })
        .concat(managed());
    },
    place(file, folder) {
      const all = patterns();
      if (!all) return UNREAD.statements;
      return [all.user, ...all.files.map(({ patterns: each }) => each)].flatMap((each) => {
        const around = folder ? each.of(pathsOf(folder), () => remotesOf(folder)).statements : [];
        const own = each.of(pathsOf(file), () => remotesOf(file, '..')).statements;
        return own.filter(({ said, by }) => !around.some((other) => other.said === said && other.by === by));
      });
    },
    maximum: () => asSaid(raw.maximum),
    onDidChange: changed.event,
    dispose() {
      disposed = true;
      for (const subscription of subscriptions) subscription.dispose();
      changed.dispose();
    },
  };
}

const NO_PATTERNS: Patterns = { wantRemotes: false, of: () => ({ statements: [], matched: false }) };
const NONE = { user: NO_PATTERNS, files: [] };
const UNREAD: Match = { statements: [{ said: 'unread', by: 'patterns' }], matched: false };

function readRaw(): { readonly patterns: unknown; readonly maximum: unknown } {
  const configuration = vscode.workspace.getConfiguration('switchyard', null);
  return {
    patterns: userValue(configuration.inspect(PATTERNS)),
    maximum: userValue(configuration.inspect(MAXIMUM)),
  };
}

/**
 * A policy that the editor itself attached to `switchyard.privacy.maximumLevel` (`extensionConfigurationPolicy` of its
 * product.json: extensions cannot declare one). The editor hands its value over as the default, which nothing else can
 * change for a setting of scope `application`.
 */
function managed(): Statement[] {
  const value = vscode.workspace.getConfiguration('switchyard', null).inspect(MAXIMUM)?.defaultValue;
  return value === undefined || value === 'open' ? [] : [{ said: asSaid(value), by: 'a policy of the editor' }];
}
