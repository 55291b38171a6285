import { type Mutant, inFile } from './mutant.ts';

const SCREEN = [['test/core/privacy/screen'], ['test/core/routing/road']];
const ROAD = [['test/core/routing/road'], ['test/core/routing', 'test/core/privacy']];
const SCAN = [['test/screen/secretScan'], ['test/core/privacy/screen']];
const FILES = [['test/screen/patterns']];

/** What is looked at before text leaves this machine, and the one way that it goes. */
export const SCREEN_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'src/core/routing/road.ts',
    ROAD,
    ['what the policy refuses goes nowhere', 'if (isRefusal(clearance)) return refuse(clearance);', ''],
    ['what the screen holds goes nowhere', 'if (held) return refuse(held);', ''],
    [
      'the screen goes by the policy’s zone',
      'screen.inspect(parcel, clearance.zone)',
      'screen.inspect(parcel, ask.endpoint.zone)',
    ],
    [
      'prompts of completions are looked at',
      'signal)), parcel);\n    },\n    async chat',
      'signal)));\n    },\n    async chat',
    ],
    ['the text after the cursor is looked at, too', 'text: prompt + suffix }', 'text: prompt }'],
    ['messages are looked at', 'signal)), parcel);\n    },\n    list', 'signal)));\n    },\n    list'],
    ['what was looked at is what is sent', '{ ...wish, messages }, signal)', 'wish, signal)'],
    ['failures reach the ledger', 'if (error instanceof AppError) line.failed(error.kind);', ''],
    ['refusals reach the ledger', 'onRefused?.(ask, refusal(refused.rule, refused.reason));', ''],
    [
      'the ledger is not told what was found',
      'onRefused?.(ask, refusal(refused.rule, refused.reason));',
      'onRefused?.(ask, refused);',
    ],
    [
      'providers are not given whole files',
      'async complete({ material = [], ...request }, sources, signal) {',
      'async complete(request, sources, signal) {\n      const { material = [] } = request;',
    ],
  ),
  ...inFile(
    'src/core/privacy/screen.ts',
    SCREEN,
    ['nothing goes when nobody can look', "return refusal('screen', ", "return undefined as never; refusal('screen', "],
    [
      'the screen looks at networks too',
      "if (zone === 'device') return undefined;",
      "if (zone !== 'cloud') return undefined;",
    ],
    ['ignored files', 'if (pattern !== undefined) findings.push(', 'if (pattern === "") findings.push('],
    ['the prompt is searched', '[...material, ...texts]', '[...material]'],
    ['what was cut out of a prompt is searched', '[...material, ...texts]', '[...texts]'],
    [
      'secrets hold a request',
      'return findings.length === 0 ? undefined : heldFor(findings);',
      "return findings.every(({ kind }) => kind === 'secret') ? undefined : heldFor(findings);",
    ],
    [
      'an excerpt shows no other secret',
      'excerptAt(part.text, secret, secrets)',
      'excerptAt(part.text, secret, [secret])',
    ],
    ['a secret is covered', '[redacted: ${what}]', '[redacted: ${what}]${text}'],
  ),
  ...inFile(
    'src/core/privacy/secret.ts',
    SCREEN,
    [
      'secrets that overlap',
      'if (last && secret.start < last[1]) last[1] = Math.max(last[1], secret.end);',
      'if (last && secret.start < last[1]) last[1] = secret.end;',
    ],
    [
      'the text of a secret is left out',
      'covered += text.slice(at, first.start) + by(first);\n    at = end;',
      'covered += text.slice(at, first.start) + by(first);\n    at = first.start;',
    ],
    ['an excerpt is short', 'const cut = line.slice(room, room + EXCERPT).trim();', 'const cut = line.trim();'],
  ),
  ...inFile(
    'src/screen/secretScan.ts',
    SCAN,
    ['a comment turns nothing off', '.filter(({ meta }) => meta.id !== COMMENTS)', ''],
    ['keys by their number', 'options: { enableIDScanRule: true }', 'options: { enableIDScanRule: false }'],
    ['account numbers are no secrets', 'if (NO_SECRETS.has(messageId)) continue;', ''],
    ['every place of a secret', 'found.push(...placesOf(text, value, what));', 'void placesOf;'],
    [
      'what the rules lack',
      'return whole([...found, ...GITLEAKS_RULES.flatMap((rule) => rule(text))]);',
      'return whole(found);',
    ],
    [
      'secretlint’s rules',
      'for (const { ruleId, messageId, range, data } of messages) {',
      'for (const { ruleId, messageId, range, data } of messages.slice(0, 0)) {',
    ],
    ['what touches is one secret', 'end: Math.max(last.end, secret.end)', 'end: secret.end'],
  ),
  ...inFile(
    'src/screen/gitleaksRules.ts',
    SCAN,
    ['placeholders', '> least);', '> 0);'],
    ['the secret and not what is around it', 'match.index + match[0].indexOf(value)', 'match.index'],
    ['SendGrid keys', 'a-zA-Z0-9=_\\-.]{66})', 'a-zA-Z0-9]{66})'],
  ),
  ...inFile(
    'src/screen/patterns.ts',
    FILES,
    ['capitals in names of files', 'ignorecase: true', 'ignorecase: false'],
    ['paths with dots', ', allowRelativePaths: true', ''],
    [
      'what an ignore rule names is ignored',
      'return ignored ? (rule?.pattern ?? path) : undefined;',
      'return undefined;',
    ],
  ),
  ...inFile(
    'src/core/privacy/ignoredFiles.ts',
    FILES,
    ['environments', "  '.env',\n  '.env.*',", ''],
    ['private keys', "  '*.key',\n", ''],
    ['folders of keys', "  '.ssh/',\n", ''],
    ['credentials of tools', "  '.npmrc',\n", ''],
    ['drives and leading slashes', "return path.replace(/^\\/*([A-Za-z]:(?=\\/))?\\/*/u, '');", 'return path;'],
  ),
];
