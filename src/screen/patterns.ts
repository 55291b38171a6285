import ignore from 'ignore';
import type { ReadPatterns } from '../core/privacy/ignoredFiles.ts';

/** Gitignore's syntax, in letters of either case. A pattern that begins with `!` takes back what one before it said. */
export const readPatterns: ReadPatterns = (lines) => {
  const rules = ignore({ ignorecase: true, allowRelativePaths: true }).add(lines);
  return (path) => {
    if (path === '') return undefined;
    const { ignored, rule } = rules.checkIgnore(path);
    return ignored ? (rule?.pattern ?? path) : undefined;
  };
};
