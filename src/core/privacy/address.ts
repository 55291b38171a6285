/** The address of a server, read strictly: what was written is what every later reader understands. */
export interface Address {
  /** Canonical base URL without a trailing slash. */
  readonly url: string;
  /** `scheme://host[:port]`, the port only where it is not the scheme's own. API keys are bound to it. */
  readonly origin: string;
  readonly scheme: 'http' | 'https' | 'process';
  readonly kind: 'name' | 'ipv4' | 'ipv6';
  /** Lower case; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
  /** Empty, or begins with a slash and does not end in one. */
  readonly path: string;
}

/** What is wrong with an address, as a sentence for people. */
export interface Problem {
  readonly problem: string;
}

/**
 * The built-in engine: a process of our own, reached by messages and not by any socket. No setting can name it: `readBaseUrl`
 * knows no such scheme.
 */
export const BUILTIN_ADDRESS: Address = {
  url: 'process://builtin',
  origin: 'process://builtin',
  scheme: 'process',
  kind: 'name',
  host: 'builtin',
  port: 0,
  path: '',
};

type Host = Pick<Address, 'kind' | 'host'>;

const SHAPE = /^(https?):\/\/(\[[^\]]*\]|[^/:?#@[\]\\]*)(?::([^/?#@]*))?(\/[^?#]*)?$/i;
const SEGMENTS = /^(\/[A-Za-z0-9._~:-]+)*\/?$/;

/**
 * Reads a base URL as the user wrote it. Refuses everything that two readers could take for two addresses: user
 * information, queries, other spellings of numbers, IPv4 inside IPv6, trailing dots, letters outside ASCII.
 */
export function readBaseUrl(raw: string): Address | Problem {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  if (/[^\u0021-\u007e]/.test(raw)) return problem('An address has no spaces and only ASCII characters.');
  if (raw.includes('@')) return problem('An address must not contain a user name or a password.');
  if (/[?#]/.test(raw)) return problem('An address must not contain a query or a fragment.');
  const [, scheme, hostText, portText, path = ''] = SHAPE.exec(raw) ?? [];
  if (scheme === undefined || hostText === undefined) return problem('An address begins with http:// or https://.');
  const host = readHost(hostText);
  if ('problem' in host) return host;
  if (!SEGMENTS.test(path) || path.split('/').some((segment) => segment === '.' || segment === '..')) {
    return problem('The path of an address has only letters, digits and . _ ~ : - between its slashes.');
  }
  const secure = scheme.toLowerCase() === 'https';
  const port = portText === undefined ? (secure ? 443 : 80) : readPort(portText);
  if (port === undefined) return problem('A port is a number from 1 to 65535 without leading zeros.');

  const text = host.kind === 'ipv6' ? `[${host.host}]` : host.host;
  const origin = `http${secure ? 's' : ''}://${text}${port === (secure ? 443 : 80) ? '' : `:${port}`}`;
  const trimmed = path.replace(/\/$/, '');
  // The door dials by the platform's own reading: the two have to agree to the letter.
  const platform = platformReading(`${origin}${trimmed}`);
  if (platform !== `${origin}${trimmed || '/'}`) return problem('The address can be read in more than one way.');
  return { url: origin + trimmed, origin, scheme: secure ? 'https' : 'http', ...host, port, path: trimmed };
}

/** Reads a host as it stands in a URL: a name, a dotted IPv4 address, or an IPv6 address in brackets. */
export function readHost(raw: string): Host | Problem {
  const text = raw.toLowerCase();
  if (text.startsWith('[')) return readIpv6(text);
  if (text === '') return problem('The address has no host.');
  if (text.endsWith('.')) return problem('A host must not end in a dot.');
  const labels = text.split('.');
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) return readIpv4(text, labels);
  const wrong = text.length > 253 || labels.some((label) => !/^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  return wrong ? problem(`“${raw}” is not a host name.`) : { kind: 'name', host: text };
}

function readIpv4(text: string, labels: readonly string[]): Host | Problem {
  const canonical =
    labels.length === 4 && labels.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  if (!canonical) return problem('An IPv4 address is written as four decimal numbers, for example 127.0.0.1.');
  if (labels[0] === '0') return problem('0.0.0.0 is not an address to connect to; 127.0.0.1 is this machine.');
  return { kind: 'ipv4', host: text };
}

function readIpv6(text: string): Host | Problem {
  const inner = text.slice(1, -1);
  if (!/^\[[0-9a-f:]+\]$/.test(text)) {
    return problem('An IPv6 address has only hexadecimal digits and colons in its brackets; no zone, no IPv4 part.');
  }
  const canonical = platformReading(`http://${text}`)?.slice('http://'.length, -1);
  if (canonical === undefined) return problem('The brackets do not hold an IPv6 address.');
  if (canonical !== text) return problem(`The address has a shorter spelling: ${canonical}.`);
  if (inner === '::') return problem('[::] is not an address to connect to; [::1] is this machine.');
  if (/^::ffff:[0-9a-f]+:[0-9a-f]+$/.test(inner)) return problem('Write an IPv4 address without its IPv6 form.');
  return { kind: 'ipv6', host: inner };
}

/** A port as text: decimal, 1 to 65535, no leading zeros. */
export function readPort(text: string): number | undefined {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

function platformReading(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).href : undefined;
}

function problem(text: string): Problem {
  return { problem: text };
}
