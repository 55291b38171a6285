import { type Mutant, inFile } from './mutant.ts';

const TAINT = [['test/core/chat/taint', 'test/core/chat/thread', 'test/core/chat/places'], ['test/core/chat']];
const SESSION = [['test/core/chat/session', 'test/core/chat/release'], ['test/core/chat']];
const REMEMBERED = [['test/core/privacy/remembered']];
const FINGERPRINT = [['test/core/privacy/fingerprint']];
const BOILERPLATE = [['test/core/privacy/boilerplate'], ['test/core/privacy/fingerprint']];
const ROAD = [['test/core/routing/rememberingRoad'], ['test/core/chat/release']];

/** What text keeps of where it came from. */
export const TAINT_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'src/core/chat/taint.ts',
    TAINT,
    ['the stricter taint wins', 'before ? stricter(before, level) : level', 'level'],
    [
      'a chat answers to its window',
      "return [{ kind: 'window' }, ...now, ...ever];",
      "return [...now, ...ever, { kind: 'window' }].slice(0, -1) as never;",
    ],
    [
      'a chat answers to the folders of its text as they are now',
      "return [{ kind: 'window' }, ...now, ...ever];",
      "return [{ kind: 'window' }, ...ever];",
    ],
    [
      'a chat keeps the strictest level that its text had',
      "return [{ kind: 'window' }, ...now, ...ever];",
      "return [{ kind: 'window' }, ...now];",
    ],
    ['a chat tightens with the level', 'const strict = stricter(entry.level, level);', 'const strict = entry.level;'],
    ['a chat never loosens', 'const strict = stricter(entry.level, level);', 'const strict = level;'],
    [
      'a passage has the level of its source',
      'const level = levelOf(source, levels);',
      "const level = 'open' as Level;",
    ],
    ['a passage brings its place into the chat', 'return { place: source.uri, level };', 'return { level };'],
    [
      'a chat answers to the places of its text as they are now',
      "if (place !== undefined) return { kind: 'place', uri: place };",
      "if (place !== undefined) return { kind: 'window' };",
    ],
    ['a place is no folder', '...(place !== undefined && { isPlace: true }) };', '};'],
    [
      'a folder of which something is still being read',
      "if (source.kind !== 'place' || known.length",
      'if (known.length',
    ],
  ),
  ...inFile(
    'src/core/chat/thread.ts',
    TAINT,
    ['passages bring their taint into the chat', 'addTaint(taint, passage.taint)', 'taint'],
    [
      'an edited question takes no taint away',
      'const edited = { ...question, text };\n  return {\n    ...thread,',
      'const edited = { ...question, text };\n  return {\n    ...thread,\n    taint: [],',
    ],
    [
      'an answer that is dropped takes no taint away',
      'return { ...thread, updatedAt: now, messages: thread.messages.slice(0, at) };',
      'return { ...thread, updatedAt: now, messages: thread.messages.slice(0, at), taint: [] };',
    ],
  ),
  ...inFile(
    'src/core/chat/session.ts',
    SESSION,
    ['a request answers to all that is in the chat', 'sourcesOfTaint(thread.taint)', 'sourcesOfTaint([])'],
    ['what is typed belongs to the window', 'addTaint(thread.taint, [windowTaint(levels)])', 'thread.taint'],
    [
      'a chat tightens before it asks',
      'taint: tighten(addTaint(thread.taint, [windowTaint(levels)]), levels)',
      'taint: addTaint(thread.taint, [windowTaint(levels)])',
    ],
    [
      'a chat tightens while nothing is asked',
      'const taint = tighten(thread.taint, levels);',
      'const taint = thread.taint;',
    ],
    [
      'what is known again stays in the chat',
      'if (isRecalled(pieces)) thread =',
      'if (isRecalled(pieces) && !thread) thread =',
    ],
  ),
  ...inFile(
    'src/core/chat/turns.ts',
    [['test/core/chat/turns']],
    ['an answer whose taint is lost', ": [{ level: 'private' }]);", ': []);'],
    ['the taint of every answer', 'taint = addTaint(taint, kept.success', 'taint = addTaint([], kept.success'],
    [
      'what is kept with an answer',
      'return { taint: taint.map((entry) => ({ ...entry })) };',
      'return { taint: taint.slice(1).map((entry) => ({ ...entry })) };',
    ],
  ),
  ...inFile(
    'src/core/chat/stored.ts',
    TAINT,
    [
      'a chat on the disk without its taint',
      '  messages: z.array(StoredMessage),\n  taint: StoredTaint,',
      '  messages: z.array(StoredMessage),\n  taint: z._default(StoredTaint, []),',
    ],
    ['a chat of before places were kept', 'return withPlaces(settle(thread));', 'return settle(thread);'],
  ),
  ...inFile(
    'src/core/chat/taintForm.ts',
    TAINT,
    ['a taint on the disk that is no level', 'level: z.enum(LEVELS),', "level: z.catch(z.enum(LEVELS), 'open'),"],
    ['the places of a chat on the disk', '  place: z.exactOptional(z.string()),\n', ''],
    ['a chat of before answers to the places of its passages', 'taint: addTaint(thread.taint, places) };', '};'],
  ),
  ...inFile(
    'src/core/chat/release.ts',
    [['test/core/chat/release', 'test/core/chat/places']],
    [
      'a place that is still private holds a chat',
      'level: levels.of([sourceOf(entry)]).level',
      "level: levels.of([entry.place === undefined ? sourceOf(entry) : { kind: 'window' }]).level",
    ],
    ['a chat whose folders are still private', 'if (!isStricter(before, after)) {', 'if (before === undefined) {'],
    ['the strictest folder holds a chat', '.reduce(stricter, ', '.reduce((_, level) => level, '],
    [
      'only as far as its folders allow',
      'return { ...thread, taint, updatedAt: now, released',
      'return { ...thread, taint: [], updatedAt: now, released',
    ],
    [
      'what is in a chat is shown',
      ".filter(({ level }) => level !== 'open')",
      ".filter(({ level }) => level === 'internal')",
    ],
    [
      'a release is written down',
      'released: [...(thread.released ?? []), release]',
      'released: [...(thread.released ?? [])]',
    ],
  ),
  ...inFile(
    'src/core/privacy/remembered.ts',
    REMEMBERED,
    [
      'private text is remembered',
      'if (!quoted.has(hash)) learn(hash, id);',
      'if (!quoted.has(hash) && id < 0) learn(hash, id);',
    ],
    ['documents are remembered', 'if (id !== undefined) learn(hash, id);', ''],
    [
      'open text is not remembered',
      "const strict = taint.filter(({ level }) => level !== 'open');\n      if",
      'const strict = taint;\n      if',
    ],
    ['what a text quotes is left to its folder', 'if (!quoted.has(hash)) learn(hash, id);', 'learn(hash, id);'],
    [
      'what was said before of a text',
      'both = before === undefined || before === id ? id',
      'both = before === undefined || before !== -1 ? id',
    ],
    ['what is known again is told', 'if (!quoted.has(hash)) add(hash, ofHash(hash));', ''],
    ['text of another folder in a document', 'ofHash(hash).filter((entry) => !own.has(originOf(entry))),', '[],'],
    ['the older half is looked into', 'young.get(hash) ?? old.get(hash)', 'young.get(hash)'],
    [
      'a stricter claim of another window',
      'if (find(hash) !== id) put(hash, id);',
      'if (find(hash) === undefined) put(hash, id);',
    ],
    ['the memory is bounded', 'if (young.size < most / 2) return;', 'if (young.size < most * 100) return;'],
    ['only what was named is released', 'uri === undefined || !origins.has(uri)', 'origins.has(uri ?? "")'],
    [
      'text of no folder is not released',
      'uri === undefined || !origins.has(uri)',
      'uri !== undefined && !origins.has(uri)',
    ],
    ['these texts alone', 'if (texts) for (const text of texts) fingerprint(text, key, drop);\n      else for', 'for'],
  ),
  ...inFile(
    'src/core/privacy/rememberedFile.ts',
    REMEMBERED,
    [
      'hashes of another key',
      "if (head.key !== nameOf(key)) throw new Error('The file was written with another key.');",
      '',
    ],
    ['a file that is cut off', 'if (bytes.length < end)', 'if (bytes.length < start)'],
    ['a form of another version', 'version: z.literal(1)', 'version: z.any()'],
    [
      'a taint that is not there',
      "if (!taint) throw new Error('The file names a taint that it does not have.');\n",
      'if (!taint) return [0, []];\n',
    ],
    ['the upper bits of a hash', ' + view.getUint32(index * BYTES + 4, true) * WORD', ''],
  ),
  ...inFile(
    'src/core/privacy/fingerprint.ts',
    FINGERPRINT,
    [
      'copies that are wrapped otherwise',
      'if (unit > 0x20 && unit !== 0xa0 && unit !== 0xfeff) units[size++] = unit;',
      'units[size++] = unit;',
    ],
    ['of every window one gram', 'if (chosen < from) {', 'if (chosen < from - 60) {'],
    ['the least gram of a window', 'rank(grams, at) <= rank(grams, least)', 'rank(grams, at) >= rank(grams, least)'],
    ['grams that say nothing', 'different < FEWEST_DIFFERENT ? NOTHING', 'different < 0 ? NOTHING'],
    ['passages across the end of a step', 'from + STEP + FOUND - 1', 'from + STEP'],
  ),
  ...inFile(
    'src/core/privacy/boilerplate.ts',
    BOILERPLATE,
    ['imports', '(COMMON_CODE.test(line) || COMMON_NOTICE.test(line))', 'COMMON_NOTICE.test(line)'],
    ['notices', ' || COMMON_NOTICE.test(line))', ')'],
    ['only whole lines are common', String.raw`(?:\*+\/)?\s*$`, ''],
    ['what stands before a common line', String.raw`^[\s/*#]*(?:`, '(?:'],
    ['the line of an address', "line.replaceAll(ADDRESS, ' ')", "''"],
    ['addresses', "line.replaceAll(ADDRESS, ' ')", 'line'],
  ),
  ...inFile(
    'src/core/privacy/sipHash.ts',
    FINGERPRINT,
    ['hashes are keyed', 'state[0] = k0 ^ 0x70736575;', 'state[0] = 0x70736575;'],
    [
      'hashes are the reference’s',
      'for (let n = 0; n < 4; n += 1) round();',
      'for (let n = 0; n < 3; n += 1) round();',
    ],
  ),
  ...inFile(
    'src/core/routing/rememberingRoad.ts',
    ROAD,
    [
      'private passages are known again',
      'const found = leaves ? await passages.recall(texts, documents).finally(() => watching.dispose()) : [];',
      'const found = leaves ? [] : await passages.recall(texts, documents);',
    ],
    [
      'a level that was loosened while the memory was read',
      'isStricter(strictest, levels.of(sources).level) ? [{ level: strictest }] : []',
      '[] as Taint[]',
    ],
    [
      'a level that was stricter only while the memory was read',
      'strictest = stricter(strictest, levels.of(sources).level);',
      '',
    ],
    ['a request answers to what was known again', 'await go([...sources, ...carried])', 'await go(sources)'],
    ['private prompts are remembered', 'texts.map((text) => ({ text, taint })),', '[],'],
    ['documents in private prompts are remembered', '      documents,\n    );', '      [],\n    );'],
    [
      'answers to private questions are remembered',
      'telling ??= heard(`${thinking}\\n${text}`)',
      'telling ??= Promise.resolve()',
    ],
    ['what is remembered is written before the end', 'else await tell();', ''],
    [
      'an answer that is not read to its end',
      '  } finally {\n    await tell();',
      '  } finally {\n    if (text.endsWith(".")) await tell();',
    ],
    ['what a model thought', 'heard(`${thinking}\\n${text}`)', 'heard(text)'],
    [
      'completions are remembered',
      '      return travel(\n        request,\n        sources,',
      '      if (sources.length > 0) return road.complete(request, sources, signal);\n      return travel(\n        request,\n        sources,',
    ],
    ['text without a document', "const owned = sources.some(({ kind }) => kind === 'folder');", 'const owned = true;'],
    [
      'text of the window came from one of its folders',
      'return all.length > 0 ? all : [{ level: levelOfNone }];',
      'return [{ level: levelOfNone }];',
    ],
    ['text of a place', 'return [{ place: source.uri, level: levelOf(source) }];', 'return [];'],
    ['taint that names its place', 'if (source.isPlace) return [{ place: source.of, level: source.level }];', ''],
    ['taint that names its folder', 'if (isUri(source.of)) return [{ folder: source.of, level: source.level }];', ''],
    ['only models of this machine are asked without a look', "!== 'device';", "=== 'cloud';"],
    [
      'the zone is the policy’s, not the server’s',
      'zoneOf({ endpoint: model.endpoint, model })',
      'model.endpoint.zone',
    ],
    ['a refusal tells what was known again', 'return found.length > 0 ? recalled : outcome;', 'return outcome;'],
  ),
];
