import { type Mutant, inFile } from './mutant.ts';

const LEVEL = [['test/core/privacy/level']];
const MARKS = [['test/core/privacy/markFile', 'test/editor/markFiles']];
const POLICY = [['test/core/privacy/policy'], ['test/core/privacy']];

/** What decides how far a text may travel. */
export const LEVEL_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'src/core/privacy/level.ts',
    POLICY,
    ['private reaches this machine only', "private: 'device', internal", "private: 'network', internal"],
    ['internal stays in the network', "internal: 'network', open", "internal: 'cloud', open"],
  ),
  ...inFile(
    'src/core/privacy/level.ts',
    LEVEL,
    [
      'the stricter of two levels',
      'LEVELS.indexOf(a) <= LEVELS.indexOf(b) ? a : b',
      'LEVELS.indexOf(a) >= LEVELS.indexOf(b) ? a : b',
    ],
    [
      'the strictest of all sources',
      'verdicts.map((v) => v.level).reduce(stricter)',
      'verdicts.map((v) => v.level).reduce((a) => a)',
    ],
    ['a folder that nobody classified', 'folder.mark === undefined && !folder.matched', 'false'],
    ['the user’s mark', "reasonOf('mark', of, { said: folder.mark })", '[]'],
    [
      'marks of folders around',
      "...folder.ancestorMarks.flatMap((statement) => reasonOf('ancestorMark', of, statement)),",
      '',
    ],
    ['the user’s patterns', "...folder.patterns.flatMap((statement) => reasonOf('pattern', of, statement)),", ''],
    ['the user’s maximum', "...reasonOf('maximum', of, { said: folder.maximum }),", ''],
    ['the repository’s settings', "...folder.repository.flatMap((said) => reasonOf('repository', of, { said })),", ''],
    [
      'the organisation’s policy',
      "...folder.organisation.flatMap((statement) => reasonOf('organisation', of, statement)),",
      '',
    ],
    ['workspace trust', 'folder.trusted ? []', 'of ? []'],
    [
      'a source that is still being read',
      "if (said === 'unread' || said === 'unreadable')",
      "if (said === 'unreadable')",
    ],
    ['a source that cannot be read', "if (said === 'unread' || said === 'unreadable')", "if (said === 'unread')"],
    [
      'what cannot be read is private',
      "return [{ source: said, level: 'private'",
      "return [{ source: said, level: 'open'",
    ],
    [
      'a window without folders',
      "const PRIVATE: Verdict = { level: 'private'",
      "const PRIVATE: Verdict = { level: 'open'",
    ],
  ),
  ...inFile(
    'src/core/privacy/markFile.ts',
    MARKS,
    [
      'a mark needs the user’s seal',
      "isSealed: 'seal' in value && value.seal === sealOf(folder, level, key)",
      "isSealed: 'seal' in value",
    ],
    ['a seal is of one level', '`mark ${VERSION}\\n${level}\\n${folder}`', '`mark ${VERSION}\\n${folder}`'],
    ['a seal is of one folder', '`mark ${VERSION}\\n${level}\\n${folder}`', '`mark ${VERSION}\\n${level}`'],
    [
      'a mark that is no level',
      'if (level === undefined) return undefined;',
      "if (level === undefined) return { folder, level: 'open', isSealed: true };",
    ],
    ['a mark of another version', 'value.version !== VERSION', 'value.version === undefined'],
    ['an open mark without a seal says nothing', "!isSealed && level !== 'open'", '!isSealed'],
    [
      'a mark without a seal does not open the network',
      "others.includes('private') ? 'private' : 'unreadable'",
      "others.includes('private') ? 'private' : others[0]",
    ],
    ['a mark without a seal tightens', '[...rest, ...others].reduce(stricter, first)', 'rest.reduce(stricter, first)'],
  ),
  ...inFile(
    'src/editor/markFiles.ts',
    MARKS,
    [
      'a folder of marks that cannot be read',
      "  } catch {\n    return 'unreadable';\n  }",
      '  } catch {\n    return [];\n  }',
    ],
    ['a mark that cannot be read', 'return isGone ? [] : [{ name, mark: undefined }];', 'return [];'],
    ['another window’s mark, when it is looked for', 'if (look()) queueMicrotask(() => changed.fire());', ''],
    ['a folder whose time tells nothing yet', 'return age > COARSEST_MS ?', 'return age > -COARSEST_MS ?'],
    [
      'another window’s mark, at once',
      'watch(dir, { persistent: false }, tell)',
      'watch(dir, { persistent: false }, () => {})',
    ],
    ['another window’s mark, where the system reports nothing', 'if (look()) changed.fire();\n    timer', 'timer'],
  ),
  ...inFile(
    'src/core/model.ts',
    POLICY,
    [
      'the less private of two zones',
      'ZONES.indexOf(a) >= ZONES.indexOf(b) ? a : b',
      'ZONES.indexOf(a) <= ZONES.indexOf(b) ? a : b',
    ],
    ['a word that is no zone', 'return ZONES.includes(zone) && ', 'return '],
    [
      'how far a zone is within another',
      'ZONES.indexOf(zone) <= ZONES.indexOf(ceiling)',
      'ZONES.indexOf(ceiling) >= 0',
    ],
  ),
  ...inFile(
    'src/core/privacy/policy.ts',
    POLICY,
    ['the level decides', 'return isWithin(zone, CEILING[verdict.level])', 'return CEILING[verdict.level]'],
    ['a cloud name makes a request one to the cloud', "if (model && isCloudName(model.name)) return 'cloud';", ''],
    [
      'a model is no more private than its server',
      '? lessPrivate(endpoint.zone, model.zone) : endpoint.zone',
      '? model.zone : endpoint.zone',
    ],
    [
      'a model may be less private than its server',
      '? lessPrivate(endpoint.zone, model.zone) : endpoint.zone',
      '? endpoint.zone : endpoint.zone',
    ],
    ['a text without a source', 'if (ask.sources.length === 0)', 'if (ask.task === undefined)'],
    ['what was judged is a copy', 'const own = frozenCopy(ask);', 'const own = ask;'],
    ['a copy of the endpoint', 'const own = Object.freeze({ ...endpoint });', 'const own = endpoint;'],
    ['a copy of the model', 'model: Object.freeze({ ...model })', 'model'],
    ['a copy of the first source', 'Object.freeze({ ...first }),', 'first,'],
    ['copies of the other sources', '...others.map((source) => Object.freeze({ ...source })),', '...others,'],
    ['the list of sources cannot be changed', 'sources: Object.freeze([', 'sources: Object.seal(['],
    ['what was asked cannot be changed', 'return Object.freeze({\n    task,', 'return ({\n    task,'],
    ['a clearance cannot be changed', 'Object.freeze(this);', ''],
    ['only the policy mints', 'if (key !== MINT) throw', 'if (!ask) throw'],
    ['a clearance that looks genuine', '#genuine in value && value.#genuine', "'ask' in value"],
    [
      'a forged clearance at the second look',
      "if (!Clearance.isGenuine(clearance)) return refusal('forged'",
      "if (clearance === undefined) return refusal('forged'",
    ],
    ['the second look', 'const judged = judge(clearance.ask);', 'const judged = { zone: clearance.zone };'],
    [
      'a level that cannot be found',
      "const UNREADABLE: Verdict = { level: 'private'",
      "const UNREADABLE: Verdict = { level: 'open'",
    ],
    ['what was taken back stays so', 'if (taken) return taken;', ''],
    [
      'a stricter level takes back what was cleared',
      "if (clearance && judged && 'outcome' in judged) revoked.set(clearance, judged);",
      '',
    ],
    [
      'what pickers are told',
      "return 'outcome' in judged ? judged : undefined;\n    },\n  };",
      'return judged && undefined;\n    },\n  };',
    ],
  ),
];
