import { type Mutant, inFile } from './mutant.ts';

const PATTERNS = [['test/core/privacy/patterns']];
const REMOTES = [['test/core/privacy/gitRemote'], ['test/core/privacy/patterns']];
const ORGANISATION = [['test/core/privacy/organisation']];

/** What is read of the user's patterns, of git, and of the organisation's policy. */
export const SOURCE_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'src/core/privacy/patterns.ts',
    PATTERNS,
    ['a list that is none', "if (!Array.isArray(raw)) return ['unreadable'];", 'if (!Array.isArray(raw)) return [];'],
    [
      'an entry that is none',
      "return parsed.success ? parsed.output : 'unreadable';",
      "return parsed.success ? parsed.output : { match: '/never', level: 'open' };",
    ],
    ['an entry with more in it than it may have', 'const Entry = v.strictObject(', 'const Entry = v.object('],
    ['a pattern that cannot be read', '          ...unreadable,\n', ''],
    ['remotes that are not known', "...(isKnown ? [] : [{ said: known, by: 'git remotes' }]),", ''],
    ['a pattern that matches speaks', '[...byPath, ...byRemote].map(', '[...byPath].map('],
    ['a pattern of a path that matches speaks', '[...byPath, ...byRemote].map(', '[...byRemote].map('],
    ['every remote has to be matched', 'names.every((name) =>', 'names.some((name) =>'],
    ['a folder without remotes is matched by none', 'names.length > 0 && names.every(', 'names.every('],
    ['any name of a folder', 'paths.some(covers)', 'paths.slice(0, 1).some(covers)'],
    ['every home folder', 'homes.map((home) =>', 'homes.slice(0, 1).map((home) =>'],
    ['a home folder is no glob', '`${literally(home)}/${rest}`', '`${home}/${rest}`'],
    ['case, where the system ignores it', 'isPath && ignoreCase', 'false'],
    [
      'a pattern of which a part cannot be read',
      'matchers.length === 0 || matchers.length < all.length',
      'all.length === 0',
    ],
    [
      'what is a path',
      'return /^(\\/|~(?:[/\\\\]|$)|[a-z]:[/\\\\]|\\\\\\\\|\\*\\*[/\\\\])/i.test(match);',
      "return match.startsWith('/');",
    ],
  ),
  ...inFile(
    'src/core/privacy/glob.ts',
    PATTERNS,
    ['what lies below a folder', 'picomatch([base, below], {', 'picomatch([base], {'],
    ['hidden folders', 'dot: true', 'dot: false'],
    ['a glob that begins with an exclamation mark', 'nonegate: true', 'nonegate: false'],
    ['a glob whose characters are in the path', 'folded === literal || ', ''],
    ['below a glob whose characters are in the path', 'folded.startsWith(`${literal}/`) || ', ''],
    ['what begins alike is no part of it', 'folded.startsWith(`${literal}/`)', 'folded.startsWith(literal)'],
  ),
  ...inFile(
    'src/core/privacy/gitRemote.ts',
    REMOTES,
    [
      'a config that cannot be read',
      "if (key === undefined || section === '') return undefined;",
      "if (key === undefined || section === '') continue;",
    ],
    [
      'includes, which are not followed',
      'if (/^include(if)?(\\.|$)/.test(section) && /^path$/i.test(key)) return undefined;',
      '',
    ],
    [
      'addresses that git changes',
      'if (/^url(\\.|$)/.test(section) && /^(push)?insteadof$/i.test(key)) return undefined;',
      '',
    ],
    ['a value that cannot be read', 'if (value === undefined) return undefined;', 'if (value === undefined) continue;'],
    ['lines that go on', "config.replaceAll(/\\\\\\r?\\n/g, '')", 'config'],
    ['pushurl', '/^(push)?url$/i', '/^url$/i'],
    ['the old spelling', '/^remote(\\.|$)/', '/^remote$/'],
    ['a quote that is not closed', 'return quoted ? undefined : value.slice(0, kept);', 'return value.slice(0, kept);'],
    ['an unknown escape', 'if (escaped === undefined) return undefined;', ''],
    ['comments after a value', "else if (!quoted && (char === '#' || char === ';')) break;", ''],
    ['user names are no hosts', ".replace(/^.*@/, '')", ''],
    ['ports', ".replace(/:\\d*$/, '')", ''],
    ['a dot at the end of a host', ".replace(/\\.$/, '')", ''],
    ['percent signs', 'const clean = decoded(path)', 'const clean = path'],
    ['slashes that are too many', ".replaceAll(/\\/{2,}/g, '/')", ''],
    ['.git at the end', ".replace(/\\.git$/i, '')", ''],
    ['capitals', ".replace(/\\/+$/, '').toLowerCase();", ".replace(/\\/+$/, '');"],
  ),
  ...inFile(
    'src/core/privacy/organisation.ts',
    ORGANISATION,
    ['a policy with a part that nobody knows', 'const Policy = v.strictObject({', 'const Policy = v.object({'],
    ['a policy of another version', 'version: v.literal(1)', 'version: v.any()'],
    ['a level that is none', 'maximumLevel: v.optional(v.picklist(LEVELS))', 'maximumLevel: v.any()'],
    [
      'an entry of a host that cannot be read',
      'networkHosts: v.optional(v.array(HostEntry))',
      'networkHosts: v.optional(v.array(v.string()))',
    ],
    [
      'an allowed host that cannot be read',
      'allowedHosts: v.optional(v.array(HostEntry))',
      'allowedHosts: v.optional(v.array(v.string()))',
    ],
    [
      'hosts that a policy leaves out',
      'return left.filter((entry) =>',
      'return hosts.filter((entry) => left.length > 0 || ',
    ],
    ['a list that is empty', 'if (!networkHosts) return left;', 'if (!networkHosts?.length) return left;'],
    [
      'an entry that reaches further than what is allowed',
      "if ('problem' in host) return false;",
      "if ('problem' in host) return true;",
    ],
    ['an entry for one port does not allow all', 'port: 0, path', 'port: 443, path'],
    ['every policy has to allow a server', 'return policies.every(', 'return policies.length === 0 || policies.some('],
    [
      'servers that no entry names',
      'allowedHosts.some((entry) => readNetworkHost(entry)?.(address) ?? false)',
      'allowedHosts.length > 0',
    ],
    ['a policy that allows nothing', '!allowedHosts || ', '!allowedHosts?.length || '],
  ),
];
