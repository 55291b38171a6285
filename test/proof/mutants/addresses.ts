import { type Mutant, inFile } from './mutant.ts';

const ADDRESS = [['test/core/privacy/address']];
const CLOUD_NAME = [['test/core/privacy/cloudName']];
const ROUTING = [['test/core/routing/switcher', 'test/core/routing/catalog'], ['test/core/routing']];

/** What tells where an address leads, and what a name makes a server do. */
export const ADDRESS_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'src/core/privacy/address.ts',
    ADDRESS,
    [
      'characters outside ASCII, and spaces',
      'if (/[^\\u0021-\\u007e]/.test(raw))',
      'if (/[^\\u0000-\\uffff]/.test(raw))',
    ],
    ['user information', "if (raw.includes('@'))", "if (raw.includes('@@@'))"],
    ['queries and fragments', 'if (/[?#]/.test(raw))', 'if (/[?#]{9}/.test(raw))'],
    [
      'dots in the path',
      "path.split('/').some((segment) => segment === '.' || segment === '..')",
      "path.split('/').some((segment) => segment === 'x..')",
    ],
    ['odd paths', 'if (!SEGMENTS.test(path) || ', 'if ('],
    ['a second reading by the platform', "if (platform !== `${origin}${trimmed || '/'}`)", "if (platform === '')"],
    ['an address without a host', "if (text === '') return", "if (text === '//') return"],
    ['very long names', 'text.length > 253 || ', ''],
    ['a dot at the end', "if (text.endsWith('.'))", "if (text.endsWith('...'))"],
    [
      'numbers as hosts',
      "if (/^(\\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? ''))",
      "if (/^\\d+$/.test(labels.at(-1) ?? '') && labels.length === 4)",
    ],
    ['names', 'labels.some((label) => !/^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))', 'labels.length === 0'],
    ['four numbers in IPv4', 'if (!canonical) return problem(', 'if (labels.length === 0) return problem('],
    ['0.0.0.0', "if (labels[0] === '0')", "if (labels[0] === '00')"],
    ['zones and IPv4 in IPv6', 'if (!/^\\[[0-9a-f:]+\\]$/.test(text))', "if (text === '[')"],
    ['longer spellings of IPv6', 'if (canonical !== text)', "if (canonical === '')"],
    ['[::]', "if (inner === '::')", "if (inner === ':::')"],
    ['IPv4 mapped into IPv6', 'if (/^::ffff:[0-9a-f]+:[0-9a-f]+$/.test(inner))', "if (inner === '')"],
    ['odd ports', '/^[1-9]\\d{0,4}$/.test(text) && Number(text) <= 65_535', 'Number(text) <= 65_535'],
    ['ports over 65535', '/^[1-9]\\d{0,4}$/.test(text) && Number(text) <= 65_535', '/^[1-9]\\d{0,4}$/.test(text)'],
  ),
  ...inFile(
    'src/core/privacy/zone.ts',
    ADDRESS,
    [
      'only loopback is this machine',
      "if (isLoopback(address) && !notThisMachine) return 'device';",
      "if (!notThisMachine) return 'device';",
    ],
    ['the user says that it is another machine', 'isLoopback(address) && !notThisMachine', 'isLoopback(address)'],
    [
      'only listed hosts are the network',
      "return listed ? 'network' : 'cloud';",
      "return listed || address.host !== '' ? 'network' : 'cloud';",
    ],
    [
      'no name but localhost',
      "if (kind === 'name') return host === 'localhost';",
      "if (kind === 'name') return host.includes('localhost');",
    ],
    ['no IPv4 but 127.0.0.0/8', "host.startsWith('127.')", "host.startsWith('12')"],
    ['no IPv6 but ::1', ": host === '::1';", ": host.endsWith('1');"],
    ['a wildcard is for names below', 'host.endsWith(`.${below.host}`)', 'host.endsWith(below.host)'],
    [
      'an entry for one host',
      'return (address) => address.host === wanted.host && ',
      'return (address) => address.host.endsWith(wanted.host) && ',
    ],
    [
      'an entry for one port',
      '(port === undefined || address.port === port)',
      '(port === undefined || address.port > 0)',
    ],
    [
      'ports that are none',
      'portText !== undefined && port === undefined',
      'portText === undefined && port !== undefined',
    ],
    ['ranges with two lengths', 'rest.length > 0 || ', ''],
    ['ranges of names', "'problem' in base || base.kind === 'name' || ", "'problem' in base || "],
    ['ranges longer than an address', ' || length > start.length', ''],
    ['ranges that take in everything', 'length < SHORTEST_PREFIX[kind] || ', ''],
    ['ranges are for their own kind', 'address.kind === kind && bitsOf(address)', 'bitsOf(address)'],
    ['the bits of a range', 'start.slice(0, length)', 'start.slice(0, Math.min(length, 4))'],
  ),
  ...inFile(
    'src/core/privacy/cloudName.ts',
    CLOUD_NAME,
    ['percent signs', 'return endsInCloud(name) || endsInCloud(percentDecoded(name));', 'return endsInCloud(name);'],
    ['look-alikes', ".normalize('NFKC')", ''],
    ['invisible characters and white space', ".replace(/[\\p{White_Space}\\p{Cf}\\p{Cc}]/gu, '')", ''],
    ['other dashes', ".replace(/\\p{Dash_Punctuation}/gu, '-')", ''],
    ['capitals', '.toLowerCase()', ''],
    ['tags of tags', '.split(/[:@?#]/u)', '.split(/[@?#]/u)'],
    ['slashes and dots at the end', ".map((part) => part.replace(/[/\\\\.]+$/u, ''))", ''],
    ['names that end in -cloud', "part.endsWith('-cloud') || ", ''],
    ['the tag cloud', " || (index > 0 && part === 'cloud')", ''],
  ),
  ...inFile(
    'src/core/routing/endpoints.ts',
    [['test/core/routing/endpoints']],
    [
      'the environment cannot name a cloud',
      "if (fromEnvironment && zone === 'cloud')",
      "if (fromEnvironment && zone === 'x')",
    ],
    ['clouds over TLS only', "if (zone === 'cloud' && address.scheme !== 'https')", "if (zone === 'x')"],
    [
      'hosts that the organisation does not allow',
      "if (zone !== 'device' && !facts.allows(address))",
      "if (zone === 'x')",
    ],
    [
      'two servers with one id',
      'else if (endpoints.some(({ id }) => id === entry.id))',
      'else if (entry.id === undefined)',
    ],
  ),
  ...inFile(
    'src/core/routing/resolve.ts',
    ROUTING,
    ['a choice that is forbidden now', 'if (refused) return `${name} is not used: ${refused.reason}`;', ''],
    [
      'a choice that has become less private',
      'if (lessPrivate(model.zone, chosenIn) !== chosenIn)',
      'if (model.zone === undefined)',
    ],
    [
      'stand-ins are allowed ones',
      'known.models.filter((model) => !forbids(model))',
      'known.models.filter((model) => model && forbids !== undefined)',
    ],
  ),
  ...inFile(
    'src/core/routing/choice.ts',
    ROUTING,
    ['nobody is given a cloud', "(m) => m.zone !== 'cloud' && ", '(m) => '],
    ['stand-ins are no less private', 'ZONES.indexOf(m.zone) <= ZONES.indexOf(ceiling) && ', ''],
  ),
  ...inFile(
    'src/core/routing/createSwitcher.ts',
    ROUTING,
    [
      'what serves is asked about at each use',
      'return known && !(known.model && policy.forbids(known.model)) ? known : resolveRole(role);',
      'return known ?? resolveRole(role);',
    ],
    [
      'a forbidden model cannot be chosen',
      'const refused = policy.forbids(model);\n    if (refused) return refused;',
      '',
    ],
    [
      'a level that changed while a model was loading',
      "const still = reject(role, id);\n      if ('outcome' in still) return still;",
      'const still = target;',
    ],
    ['a zone that changed while a model was loading', 'if (still.zone !== target.zone) return missing(id);', ''],
  ),
  ...inFile('src/core/routing/station.ts', ROUTING, [
    'a forbidden server is not asked',
    'const refused = forbidden();\n      if (refused) {',
    'const refused = forbidden();\n      if (refused && !refused) {',
  ]),
];
