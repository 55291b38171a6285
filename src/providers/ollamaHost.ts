/**
 * The address that Ollama takes from a value of `OLLAMA_HOST`, as its command line prints it. Follows `Host` of
 * `envconfig/config.go` (v0.34.0), also where the value is odd; tests take over its table of cases.
 */
export function ollamaHost(value: string | undefined): string {
  const { scheme, host, port, path } = parse(value ?? '');
  return `${scheme}://${bracketed(host)}:${port}${path === '' ? '' : `/${path}`}`;
}

/**
 * Base URL for a client, canonical and without a trailing slash: as {@link ollamaHost}, but an address to listen on
 * everywhere (`0.0.0.0`, `::`, or none) is reached over loopback. Follows `ConnectableHost` of the same file, and does the
 * same for an empty host, which Go's dialer reads as the local system. `undefined` for values that are no address.
 */
export function ollamaUrl(value: string | undefined): string | undefined {
  const { scheme, host, port, path } = parse(value ?? '');
  const loopback = isUnspecified6(host) ? '::1' : host === '' || host === '0.0.0.0' ? '127.0.0.1' : host;
  const text = `${scheme}://${bracketed(loopback)}:${port}/${path}`;
  if ((scheme !== 'http' && scheme !== 'https') || !URL.canParse(text)) return undefined;
  const { origin, pathname, username, search, hash } = new URL(text);
  // None of these can come from a host name; a value that smuggles one in is not understood as Ollama would.
  if (username !== '' || search !== '' || hash !== '') return undefined;
  return `${origin}${pathname.replace(/\/+$/u, '')}`;
}

interface Parts {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
}

function parse(value: string): Parts {
  const text = trimQuotes(value.trim()).trim();
  const at = text.indexOf('://');
  const scheme = at < 0 ? (text === 'ollama.com' ? 'https' : 'http') : text.slice(0, at);
  const rest = at < 0 ? (text === 'ollama.com' ? 'ollama.com:443' : text) : text.slice(at + 3);
  const defaultPort = at < 0 ? '11434' : (DEFAULT_PORTS[scheme] ?? '11434');
  const slash = rest.indexOf('/');
  const hostPort = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash + 1);
  const split = splitHostPort(hostPort);
  const host = split ? split.host : hostOnly(hostPort);
  const port = split && isPort(split.port) ? split.port : defaultPort;
  return { scheme, host, port, path };
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

function trimQuotes(text: string): string {
  return text.replace(/^["']+|["']+$/gu, '');
}

/** Go's `net.SplitHostPort`; `undefined` where that gives an error. */
function splitHostPort(text: string): { host: string; port: string } | undefined {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return undefined;
  const port = text.slice(colon + 1);
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    const host = text.slice(1, end);
    return end < 0 || end + 1 !== colon || /[[\]]/u.test(host + port) ? undefined : { host, port };
  }
  const host = text.slice(0, colon);
  return host.includes(':') || /[[\]]/u.test(text) ? undefined : { host, port };
}

function hostOnly(text: string): string {
  return isIp6(text.replace(/^[[\]]+|[[\]]+$/gu, '')) ? text.replace(/^[[\]]+|[[\]]+$/gu, '') : text || '127.0.0.1';
}

function isPort(text: string): boolean {
  return /^\+?\d+$/u.test(text) && Number(text) <= 65_535;
}

function isIp6(text: string): boolean {
  return text.includes(':') && !text.includes('%') && URL.canParse(`http://[${text}]`);
}

function isUnspecified6(host: string): boolean {
  return isIp6(host) && new URL(`http://[${host}]`).hostname === '[::]';
}

function bracketed(host: string): string {
  return host.includes(':') || host.includes('%') ? `[${host}]` : host;
}
