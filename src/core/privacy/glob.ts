import picomatch from 'picomatch';

/**
 * Whether a text with slashes is what some globs name, or lies below it: `~/clients` covers `~/clients/acme/app`, as a
 * folder in an ignore file does. `*` and `?` stay between slashes, `**` crosses them, `{a,b}` and `[a-z]` choose. A glob
 * whose characters are really in the path (`copy (2)`) covers that path, too. `undefined` for what is not a glob.
 */
export function covering(glob: string, ignoreCase: boolean): ((text: string) => boolean) | undefined {
  const base = glob.replace(/\/+$/, '') || '/';
  const below = base.endsWith('/**') ? base : `${base === '/' ? '' : base}/**`;
  const literal = fold(base.replace(/\/\*\*$/, ''), ignoreCase);
  try {
    const matches = picomatch([base, below], {
      dot: true,
      nocase: ignoreCase,
      nonegate: true,
      noextglob: true,
      windows: false,
    });
    return (text) => {
      const folded = fold(text, ignoreCase);
      return folded === literal || folded.startsWith(`${literal}/`) || matches(text);
    };
  } catch {
    return undefined;
  }
}

function fold(text: string, ignoreCase: boolean): string {
  return ignoreCase ? text.toLowerCase() : text;
}
