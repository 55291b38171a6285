/** What `.git/config` says of where a repository comes from. Format: git-config(1) of Git 2.51, "Configuration file". */

/**
 * The addresses of every remote in a config, `url` and `pushurl`; `undefined` for a text that Git would not read either, and
 * for one that does not say all: `include` and `includeIf` are not followed, and `url.….insteadOf` changes addresses.
 */
export function readRemotes(config: string): string[] | undefined {
  const remotes: string[] = [];
  let section = '';
  // A backslash at the end of a line joins it with the next.
  for (const line of config.replaceAll(/\\\r?\n/g, '').split(/\r?\n/)) {
    let rest = line.trim();
    const header = /^\[\s*([-.\w]+)\s*(?:"(?:[^"\\]|\\.)*"\s*)?\]/.exec(rest);
    if (header) {
      section = (header[1] ?? '').toLowerCase();
      rest = rest.slice(header[0].length).trim();
    }
    if (rest === '' || /^[#;]/.test(rest)) continue;
    const [, key, assigned] = /^([A-Za-z][-A-Za-z0-9]*)\s*(?:=(.*))?$/.exec(rest) ?? [];
    if (key === undefined || section === '') return undefined;
    if (/^include(if)?(\.|$)/.test(section) && /^path$/i.test(key)) return undefined;
    if (/^url(\.|$)/.test(section) && /^(push)?insteadof$/i.test(key)) return undefined;
    // `[remote.origin]` is the old spelling of `[remote "origin"]`.
    if (!/^remote(\.|$)/.test(section) || !/^(push)?url$/i.test(key)) continue;
    const value = assigned === undefined ? undefined : readValue(assigned.trim());
    if (value === undefined) return undefined;
    if (value !== '') remotes.push(value);
  }
  return remotes;
}

/** A value without quotes, escapes and comments; `undefined` when a quote is not closed or an escape is unknown. */
function readValue(text: string): string | undefined {
  let value = '';
  let kept = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') quoted = !quoted;
    else if (!quoted && (char === '#' || char === ';')) break;
    else if (char === '\\') {
      at += 1;
      const escaped = ESCAPES.get(text.charAt(at));
      if (escaped === undefined) return undefined;
      value += escaped;
    } else value += char;
    if (quoted || !/\s/.test(char)) kept = value.length;
  }
  return quoted ? undefined : value.slice(0, kept);
}

const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['n', '\n'],
  ['t', '\t'],
  ['b', '\b'],
]);

/**
 * A remote's address as patterns name it: `host/owner/repo`, lower case, without scheme, user, port and `.git`. Understands
 * URLs and the short form of ssh (`git@host:owner/repo.git`); git-clone(1) of Git 2.51, "Git URLs". A path stays a path.
 */
export function remoteName(address: string): string {
  const text = address.trim().replace(/^[a-z][-+.a-z0-9]*::(?=[a-z][-+.a-z0-9]*:\/\/)/i, '');
  const [, scheme, authority, urlPath] = /^([a-z][-+.a-z0-9]*):\/\/([^/?#]*)([^?#]*)/i.exec(text) ?? [];
  if (scheme !== undefined && authority !== undefined) {
    return named(authority, scheme.toLowerCase() === 'file' ? `/${urlPath ?? ''}` : (urlPath ?? ''));
  }
  const [, host, path] = /^((?:[^/:@]+@)?(?:\[[^\]]*\]|[^/:[\]]{2,})):(?!\/\/)(.*)$/.exec(text) ?? [];
  return host !== undefined ? named(host, path ?? '') : named('', text);
}

function named(authority: string, path: string): string {
  const host = authority.replace(/^.*@/, '').replace(/:\d*$/, '').replace(/\.$/, '');
  const clean = decoded(path)
    .replaceAll('\\', '/')
    .replaceAll(/\/{2,}/g, '/')
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '');
  return (host === '' ? clean : `${host}/${clean.replace(/^\/+/, '')}`).replace(/\/+$/, '').toLowerCase();
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Where a `.git` file says that the repository's own folder is; git-worktree(1) and git-submodule(1). */
export function readGitFile(text: string): string | undefined {
  return /^gitdir:\s*(.+?)\s*$/.exec(text.trim())?.[1];
}
