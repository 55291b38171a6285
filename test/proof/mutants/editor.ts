import { type Mutant, inFile, inHost } from './mutant.ts';

const LEVELS = 'levels|text that has no folder|a repository’s settings';
const TAINT = 'a document without a folder|a version of a file in git';
const PASSAGES = [['test/editor/passageMemory']];
const API = 'the models, to other extensions';

/** What reads the levels and the taint of the real editor: noticed by tests in its extension host. */
export const EDITOR_MUTANTS: readonly Mutant[] = [
  ...inHost('src/editor/userValue.ts', LEVELS, [
    'settings that a dev container brings',
    'return found.globalLocalValue;',
    'return found.globalValue;',
  ]),
  ...inHost(
    'src/editor/marks.ts',
    LEVELS,
    ['a mark that is no level', "?? 'unreadable';", '?? undefined;'],
    ['marks that cannot be read', "if (!found) return 'unreadable';", 'if (!found) return undefined;'],
    [
      'an odd mark of the folder',
      "if (own.some((name) => all.some((file) => isOddOf(file, name)))) return 'unreadable';",
      '',
    ],
    ['an odd mark of a folder around', '.filter((name) => odd.some((file) => isOddOf(file, name)))', '.slice(0, 0)'],
    [
      'a folder by its other names',
      "own.some((name) => relation(mark.folder, name) === 'same') ? [mark]",
      "relation(mark.folder, own[0] ?? '') === 'same' ? [mark]",
    ],
    ['marks of folders around', "own.some((name) => relation(mark.folder, name) === 'inside') ? [mark] : []", '[]'],
  ),
  ...inHost(
    'src/editor/workspaceLevels.ts',
    LEVELS,
    ['the repository’s own level', '].map(asSaid);', '].slice(4).map(asSaid);'],
    [
      'a folder that is not in the window',
      "return { level: 'private', reasons: [{ source: 'unreadable', level: 'private', of: source.uri }] };",
      "return { level: 'open', reasons: [] };",
    ],
    [
      'where a file really lies',
      "return place ? [source, { kind: 'place', uri: place.toString() }, ...more] : [source, ...more];",
      'return [source, ...more];',
    ],
  ),
  ...inHost(
    'src/editor/places.ts',
    LEVELS,
    ['marks on folders inside', ".flatMap((statement) => reasonOf('ancestorMark', of, statement)),", '.slice(0, 0),'],
    [
      'patterns of a place',
      "...patterns.place(file, folder).flatMap((statement) => reasonOf('pattern', of, statement)),",
      '',
    ],
    [
      'a place whose address cannot be read',
      "if (uri === 'unreadable') return unreadable(text);",
      "if (uri === 'unreadable') return { level: 'open', reasons: [] };",
    ],
    ['files that other addresses name', 'filesShown(uri).flatMap(reasonsOf)', '[uri].flatMap(reasonsOf)'],
    ['what makes a version in git as strict as its file', "file?.scheme === 'git' ?", "file?.scheme === 'got' ?"],
  ),
  ...inHost(
    'src/editor/workspaceLevels.ts',
    TAINT,
    [
      'what was put into a document',
      'const more = folder ? [] : (carried?.(uri?.toString() ?? text) ?? []);',
      'const more: readonly TextSource[] = [];',
    ],
    [
      'an odd address of a version in git',
      "typeof path === 'string' && vscode.Uri.file(path).path === uri.path ?",
      "typeof path === 'string' ?",
    ],
  ),
  ...inHost(
    'src/editor/patternBook.ts',
    LEVELS,
    ['patterns that were not read yet', "statements: [{ said: 'unread', by: 'patterns' }]", 'statements: []'],
    [
      'a policy that cannot be read',
      "if (policy === 'unreadable') return [{ said: 'unreadable', by: path }];",
      "if (policy === 'unreadable') return [];",
    ],
    ['the repository that a file lies in', "remotesOf(file, '..')", '[]'],
    ['remotes of a place that are still being read', "all.includes('unread') ? 'unread' : all.flat()", 'all.flat()'],
    ['remotes of where a link leads', 'own.map((name) => remotes.of(', 'own.slice(0, 1).map((name) => remotes.of('],
    ['the organisation’s maximum', 'policy.maximumLevel ? [{ said: policy.maximumLevel, by: path }] : []', '[]'],
    [
      'the organisation’s folders',
      'return [...maximum, ...found.map(',
      'return [...maximum, ...found.slice(0, 0).map(',
    ],
    ['the user’s maximum', 'maximum: () => asSaid(raw.maximum)', 'maximum: () => undefined'],
  ),
  ...inHost(
    'src/editor/organisation.ts',
    LEVELS,
    [
      'a policy that is wrong',
      "report({ path, problem: policy.problem });\n  return [{ path, policy: 'unreadable' }];",
      'report({ path, problem: policy.problem });\n  return [];',
    ],
    ['a policy that comes later', 'files = readAll();\n    changed.fire();', 'changed.fire();'],
  ),
  ...inHost(
    'src/editor/looseDocuments.ts',
    TAINT,
    [
      'the strictest level that a document had',
      'known.set(uri, before ? stricter(before, level) : level);',
      'known.set(uri, level);',
    ],
    ['documents that come back after a restart', 'void memory.update(KEY, untitled);', ''],
  ),
  ...inFile(
    'src/editor/passageMemory.ts',
    PASSAGES,
    [
      'a memory that cannot be read',
      'await read();\n        return gently',
      'await read().catch(() => undefined);\n        return gently',
    ],
    ['what another window wrote', 'await read();\n        return gently', 'return gently'],
    [
      'what was remembered is written at once',
      'await take();\n        await write();\n      });\n      return next;',
      '});\n      return next;',
    ],
    ['what was released is gone from the disk', 'any = remembered.release(origins, texts);', 'any = true;'],
    [
      'what could not be written is written later',
      'const now = unwritten;',
      'const now = unwritten;\n      unwritten = [];',
    ],
  ),
  ...inFile('src/editor/passageFiles.ts', PASSAGES, [
    'a file that cannot be read is kept',
    'if (!broken.includes(name)) await',
    'await',
  ]),
  ...inFile('src/editor/passages.ts', PASSAGES, [
    'a memory that cannot be read makes all private',
    'return UNREADABLE;',
    'return [];',
  ]),
  ...inFile(
    'src/editor/passageKey.ts',
    PASSAGES,
    [
      'one key for all windows',
      "if (!isCode(error, 'EEXIST')) await fs.copyFile(own, path, constants.COPYFILE_EXCL);",
      'await fs.copyFile(own, path);',
    ],
    ['a key that is broken', "if (!key) await fs.rename(path, path.replace(/[^/]*$/, 'unreadable-$&'));", ''],
  ),
  ...inHost(
    'src/editor/ignoreRules.ts',
    'ignore rules',
    ['a file of rules that cannot be read', "return ['*'];", 'return [];'],
    ['what is always ignored', 'if (pattern !== undefined) return pattern;\n\n', ''],
    [
      'one scope takes nothing from another',
      'return (path) => firstOf(sources, path);',
      'const all = read(sources.length > 0 ? [...settingOf(resource).flat(), ...(folder ? await linesOf(folder) : [])] : []);\n    return (path) => all(path);',
    ],
  ),
  ...inHost('src/editor/languageModelAnswer.ts', API, [
    'text of other extensions belongs to the window',
    "[{ kind: 'window' }]",
    "[{ kind: 'taint', level: 'open', of: 'another extension' }]",
  ]),
];
