import { type Mutant, inFile, inHost } from './mutant.ts';

const PLAIN = [['test/core/plainText']];
const LIMITS = [['test/core/completionLimits']];
const IGNORE = 'ignore rules';

/** What a repository or another extension brings besides levels: names, links, wrapped addresses, settings of completion, requests. */
export const REPOSITORY_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'src/core/plainText.ts',
    PLAIN,
    ['no change of direction in a name', '\\p{Cf}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}', '\\p{Zl}\\p{Zp}'],
    ['no line break in a name', '\\p{Cc}', ''],
    ['no icon, also not one that is left over', '/\\$+\\(/gu', '/\\$\\(/u'],
    ['no link to a command', "'] ('", "']('"],
    ['a name does not close its quotation marks', "'’')", "'”')"],
    ['a name has an end', 'if (characters.length <= most) return text;', 'if (most > 0) return text;'],
  ),
  ...inFile('src/core/privacy/words.ts', PLAIN, ['names in reasons', 'of ? quoted(of)', 'of ? `“${of}”`']),
  ...inFile(
    'src/core/completionLimits.ts',
    LIMITS,
    ['completion that the user has off', 'own.enabled && wanted.enabled', 'wanted.enabled'],
    [
      'languages that the user has off',
      'isOnFor(own.languages, id) && isOnFor(wanted.languages, id)',
      'isOnFor({ ...own.languages, ...wanted.languages }, id)',
    ],
    ['the trigger', 'least(TRIGGERS, own.trigger, wanted.trigger)', 'wanted.trigger'],
    ['chat models', 'least(HOLE_FILLING, own.holeFilling, wanted.holeFilling)', 'wanted.holeFilling'],
    ['text of other files', 'least(CONTEXT, own.context, wanted.context)', 'wanted.context'],
  ),
  ...inHost('src/editor/completionSettings.ts', 'settings of completion that a workspace brings', [
    'a workspace turns nothing on beyond this machine',
    "if (zone === 'device') return values;",
    'if (zone !== undefined) return values;',
  ]),
  ...inHost(
    'src/editor/shownFiles.ts',
    IGNORE,
    [
      'files that the query of an address names',
      'textsOf(uri.query).map(fileNamed)',
      'textsOf(uri.query).slice(0, 0).map(fileNamed)',
    ],
    ['the path of a wrapped address', '[...own, ...placed].map(', 'own.map('],
    [
      'a link that leads nowhere',
      "if (path === undefined) return 'unreadable';",
      'if (path === undefined) return undefined;',
    ],
    [
      'a deleted file behind a link',
      'return folder === undefined ? undefined : vscode.Uri.joinPath(vscode.Uri.file(folder), name).fsPath;',
      'return path;',
    ],
  ),
  ...inHost(
    'src/editor/ignoreRules.ts',
    IGNORE,
    [
      'where a file really lies',
      'const real = await realFile(file);',
      'const real = await realFile(file).then(() => undefined);',
    ],
    [
      'a file whose place cannot be known',
      "if (real === 'unreadable') return UNKNOWN_PLACE;",
      "if (real === 'unreadable') continue;",
    ],
  ),
  ...inHost('src/editor/languageModelAnswer.ts', 'the models, to other extensions', [
    'other extensions use the cloud only with the user’s word',
    '!policy.forbids(model) && !(await mayUse(model))',
    "!policy.forbids(model) && !(await mayUse({ ...model, zone: 'device' }))",
  ]),
  ...inHost('src/editor/languageModelConsent.ts', 'the models, to other extensions', [
    'a question without an answer is a no',
    '    return false;',
    '    return true;',
  ]),
];
