/**
 * What everybody writes alike, so that it tells nothing of whose a text is. Each form has to be the whole line, but for signs
 * of a comment around it: a sentence that only begins like one is somebody's own.
 */
const MODULE = String.raw`(?:'[^'\s]*'|"[^"\s]*")`;
const NAME = String.raw`(?:type +)?[\w$*]+(?: +as +[\w$]+)?`;
const NAMES = String.raw`${NAME}(?: *, *${NAME})*`;
const PATHS = String.raw`[\w.]+(?:\.\*)?(?: +as +\w+)?(?: *, *[\w.]+(?: +as +\w+)?)*`;
const BRACED = String.raw`\{[\w$,: ]*\}`;

const CODE = [
  // JavaScript and TypeScript, also where the braces are on lines of their own.
  String.raw`(?:import|export) +(?:type +)?(?:${NAMES} *,? *)?(?:\{(?: *${NAMES} *,?)? *\} *)?from *${MODULE}(?: +(?:with|assert) +\{[^}]*\})?`,
  String.raw`(?:import|export) +(?:type +)?\{(?: *${NAMES} *,?)?`,
  String.raw`\} *from *${MODULE}`,
  String.raw`import *(?:\w+ +)?${MODULE}(?: +as +\w+)?`,
  String.raw`(?:const|let|var|import) +(?:[\w$]+|${BRACED}) *= *(?:await +)?(?:require|import)\(${MODULE}\)(?:\.[\w$]+)?`,
  `['"]use (?:strict|client|server)['"]`,
  // Python, Java, Kotlin, Scala, Swift, Go, C#.
  String.raw`import +(?:static +|qualified +)?${PATHS}`,
  String.raw`import *\(`,
  String.raw`from +[\w.]+ +import +(?:\(|\(? *${NAMES} *,? *\)?)`,
  String.raw`using +(?:static +|\w+ *= *)?[\w.:]+`,
  String.raw`package +[\w.]+`,
  // C and C++.
  String.raw`#? *include *(?:<[^>\s]*>|"[^"\s]*")`,
  String.raw`#? *pragma +(?:once|pack *\([\w, ]*\)|(?:omp|GCC|clang)(?: +[\w"-]+){1,6}|warning *\([\w:; ]*\))`,
  // Python's own names.
  String.raw`def +__\w+__\(self(?:, *\*args)?(?:, *\*\*kwargs)?\)(?: *-> *None)?:`,
  String.raw`super\((?:\w+, *self)?\)\.__\w+__\((?:\*args)?(?:, *)?(?:\*\*kwargs)?\)`,
  String.raw`if +__name__ *== *['"]__main__['"]:`,
  // Phrases of JavaScript that can hardly be said otherwise.
  String.raw`[)}\]]*,? *\{? *(?:(?:value|writable|enumerable|configurable): *!?[\w.]+,? *){1,4}\}?\)?,?`,
  String.raw`(?:const|let|var) +\w+ *= *Object\.getOwnProperty\w+\([\w.]+(?:, *[\w.'"]+)?\)`,
  String.raw`(?:return +)?await +new +Promise\(\(?\w*\)? *=> *setTimeout\(\w+, *[\w.]+\)\)`,
  // What compilers write.
  String.raw`(?:var|let|const) +__\w+ *= *\(this *&& *this\.__\w+\) *\|\|[^/"'#]*`,
  String.raw`(?:[\w$.]+ *= *)?__(?:exportStar|importDefault|importStar)\(require\(${MODULE}\)(?:, *exports)?\)`,
  String.raw`Object\.defineProperty\(exports, *${MODULE}, *\{ *value: *(?:true|!0) *\}\)`,
  String.raw`(?:\w+ *= *|Object\.defineProperty\(\w+, *(?:\w+|${MODULE}), *)\{ *enumerable: *(?:true|!0), *(?:configurable: *(?:true|!0), *)?get: *(?:function *\(\)|\(\) *=>) *(?:\{ *return +)?[\w$.[\]]+;? *\}? *\}\)?`,
  String.raw`(?:if *\([\w\s=!&|.?:"()]{0,120}\) *)?throw new TypeError\("(?:Private (?:accessor was defined without a [gs]etter|method is not writable)|Cannot (?:read|write) private member (?:from|to) an object whose class did not declare it)"\)`,
];

const YEARS = String.raw`\d{4}(?: *[-–,] *(?:\d{4}|present))*`;
const HOLDER = String.raw`,? *(?:by +)?[\p{L}\p{N} .,&'’<>@()-]{0,60}`;
const LICENCE = String.raw`(?:apache(?: software)?|mit|x11|bsd|(?:new|simplified|modified|[234]-clause) bsd|isc|(?:gnu +)?(?:lesser |affero |library )?general public|[al]?gpl|mozilla public|mpl|boost(?: software)?|eclipse public|zlib|unlicense)`;
const VERSION = String.raw`(?:,? *v?(?:ersion)? *\d(?:\.\d+)*)?(?:,? or (?:\(at your option\) )?(?:any )?later(?: version)?)?`;

const NOTICES = [
  String.raw`@?copyright *:? *(?:(?:\(c\)|©|&copy;) *(?:${YEARS})?|${YEARS})${HOLDER}`,
  String.raw`(?:\(c\)|©) *${YEARS}${HOLDER}`,
  String.raw`spdx-filecopyrighttext: *(?:copyright *)?(?:(?:\(c\)|©) *)?${YEARS}${HOLDER}`,
  String.raw`spdx-license-identifier: *[\w.+() -]{1,48}`,
  String.raw`@?licen[cs]e:? +[\w.+-]{1,24}`,
  String.raw`licen[cs]ed under (?:the )?${LICENCE}(?:[ -]licen[cs]e)?${VERSION} *(?:\((?:the +)?"?licen[cs]e"?\))?[.;,]?(?: *see (?:the )?licen[cs]e(?:\.\w+)?(?: file)? in the project root for (?:full )?licen[cs]e information)?`,
  'licensed to the apache software foundation \\(asf\\) under one',
  'all rights reserved',
];

const whole = (forms: readonly string[], flags: string) =>
  new RegExp(String.raw`^[\s/*#]*(?:${forms.join('|')})[\s;.]*(?:\*+\/)?\s*$`, flags);
const COMMON_CODE = whole(CODE, 'u');
const COMMON_NOTICE = whole(NOTICES, 'iu');
/** Longer lines are nobody's notice, and are not tried. */
const LONGEST = 300;

/** Web addresses: documentation is cited everywhere. What stands around them counts. */
const ADDRESS = /\bhttps?:\/\/[^\s"'`<>()[\]{}]{1,200}/giu;

/** The part of a line that is its writer's own. */
export function ownPartOf(line: string): string {
  if (line.length <= LONGEST && (COMMON_CODE.test(line) || COMMON_NOTICE.test(line))) return '';
  return line.includes('://') ? line.replaceAll(ADDRESS, ' ') : line;
}
