import { type Mutant, inFile } from './mutant.ts';

const RECORD = [['test/net/doorLedger', 'test/net/doorRequest', 'test/net/doorAbort'], ['test/net/ledger']];
const LEDGER = [['test/net/ledger'], ['test/net/doorLedger']];

/** What keeps the ledger true. */
export const LEDGER_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'src/net/requestRecord.ts',
    RECORD,
    [
      'nothing goes when the ledger cannot be written',
      "throw new AppError('refused', { rule: 'ledger'",
      "void new AppError('refused', { rule: 'ledger'",
    ],
    ['refusals are lines', "if (verdict === 'refused') await quietly(", "if (verdict === 'breach') await quietly("],
    ['a request ends once', 'if (ended) return;', ''],
    ['tokens that come late', 'if (ended) void quietly(', 'if (!ended) void quietly('],
    ['a failure that is said late', "if (ended === 'ok') void quietly(", "if (ended === 'failed') void quietly("],
    ['a failure is no success', "verdict === 'ok' && failure ?", "verdict === 'failed' && failure ?"],
    ['a breach is a line', "void quietly({ phase: 'breach'", "void ({ phase: 'breach'"],
    ['a refusal has a zone', 'zone: zoneOf(ask)', 'zone: endpoint.zone'],
  ),
  ...inFile(
    'src/net/ledger.ts',
    LEDGER,
    ['a line that was cut off is taken out', 'truncateSync(path, size);\n      const reason', 'const reason'],
    ['a line that was cut off is noted', "writeLine(file, { phase: 'note', id: '', reason, torn }, held);", ''],
    ['a line that cannot be read is noted', 'if (unreadable) writeLine(', 'if (unreadable && torn) writeLine('],
    ['other windows write too', 'found.size === file.end.size) return file;', 'found.size > 0) return file;'],
    ['a file that was replaced', 'found?.ino === file.inode && ', ''],
    [
      'a clock that was set back',
      'let name = ledgerFiles([month, ...readdirSync(dir)]).at(-1) ?? month;',
      'let name = month;',
    ],
    ['a month with very many lines', 'if (found && found.size >= largestFile) {', 'if (found && found.size < 0) {'],
    ['others may not read it', "openSync(path, 'a+', 0o600)", "openSync(path, 'a+', 0o644)"],
    ['nobody else may look into its folder', 'recursive: true, mode: 0o700', 'recursive: true, mode: 0o755'],
    [
      'one writer at a time',
      'const held = takeLock();\n    if (!held) return undefined;',
      'const held = { assertHeld: () => undefined, release: () => undefined };',
    ],
    ['a line is told to listeners', 'appended.fire(entry);', ''],
  ),
  ...inFile(
    'src/net/ledgerLine.ts',
    LEDGER,
    ['each line holds the hash of the one before', 'prev: at.prev,', "prev: '0',"],
    [
      'a line’s own hash is checked',
      'return body !== undefined && hashOf(`${body}}`) === hash;',
      'return body !== undefined && hash !== undefined;',
    ],
    ['a line is short', 'reason: reason.slice(0, LONGEST_TEXT)', 'reason'],
    ['the order of files', 'a.month === b.month ? a.part - b.part', 'a.month === b.month ? b.part - a.part'],
  ),
  ...inFile(
    'src/net/ledgerReader.ts',
    LEDGER,
    ['a line that is none', "if (!entry) return broken('It cannot be read.');", 'if (!entry) continue;'],
    ['a line that was changed', "if (!isIntact(line)) return broken('Its hash is not that of its text.');", ''],
    [
      'a line that does not follow',
      "if (entry.prev !== before.hash) return broken('It does not follow from the line before.');",
      '',
    ],
    [
      'a number that is not the next',
      "if (entry.seq !== before.seq + 1) return broken('Its number is not the next.');",
      '',
    ],
    ['a first line that names another before it', 'hash: entry.seq === 1 ? GENESIS : entry.prev', 'hash: entry.prev'],
    ['a torn line at the end is a break', "if (rest !== '') yield rest;", ''],
    ['a torn line is not shown', 'if (whole) yield text', 'yield text'],
  ),
  ...inFile(
    'src/net/ledgerTail.ts',
    LEDGER,
    ['where a file goes on', 'last: { seq: entry.seq, hash: entry.hash }', 'last: { seq: entry.seq, hash: GENESIS }'],
    ['where a month goes on', 'if (last) return last;', ''],
    [
      'what is left of a line',
      'const torn = end + 1 < bytes.length ? { torn',
      'const torn = end + 1 > bytes.length ? { torn',
    ],
  ),
  ...inFile(
    'src/net/ledgerLock.ts',
    LEDGER,
    [
      'a lock of a process that is gone',
      'return ageOf(path) > STALE_MS || isDead(path);',
      'return ageOf(path) > STALE_MS;',
    ],
    ['a lock that is too old', 'return ageOf(path) > STALE_MS || isDead(path);', 'return isDead(path);'],
    [
      'a lock that somebody holds',
      "if (codeOf(error) === 'EEXIST') return false;",
      "if (codeOf(error) === 'EEXIST') return true;",
    ],
    [
      'what killed processes leave behind',
      'if (name.startsWith(`${basename(path)}.`) && isDead(left)) remove(left);',
      '',
    ],
    ['a lock is given back', 'remove(path);\n        },', '},'],
  ),
];
