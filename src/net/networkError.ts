import type { Endpoint } from '../core/model.ts';
import { AppError, type ErrorKind } from '../core/outcome.ts';

/** Error codes of Node and undici, and names of undici's errors without one, that mean more than a connection that broke. */
const KINDS: readonly (readonly [RegExp, ErrorKind])[] = [
  [/^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/, 'timedOut'],
  [/^(HPE_.*|HTTPParserError)$/, 'badResponse'], // not HTTP at all
];

/**
 * Tells what a failed fetch means. `begun` says that the answer had begun: then the connection broke in it. Errors of our
 * own that came through the libraries are returned as they are.
 */
export function networkError(error: unknown, endpoint: Endpoint, begun = false): AppError {
  const chain = causesOf(error);
  const own = chain.find((each) => each instanceof AppError);
  if (own) return own;
  const proxyStatus = chain.map(proxyStatusOf).find((each) => each !== undefined);
  if (proxyStatus !== undefined) {
    const detail = `the proxy answered ${proxyStatus}${proxyStatus === 407 ? ' and wants a user name and a password' : ''}`;
    return new AppError('unreachable', { endpoint, cause: error, proxyStatus, detail });
  }
  const code = chain.map(codeOf).find((each) => each !== undefined);
  const kind = KINDS.find(([codes]) => code !== undefined && codes.test(code))?.[1];
  const innermost = chain.findLast((each) => each instanceof Error);
  const detail = code ?? innermost?.message;
  return new AppError(kind ?? (begun ? 'interrupted' : 'unreachable'), {
    endpoint,
    cause: error,
    ...(detail !== undefined && { detail }),
  });
}

/** The error, what caused it, and the parts of an aggregate, from the outside in. */
function causesOf(error: unknown, depth = 0): unknown[] {
  if (depth > 5 || !(error instanceof Error)) return [error];
  const parts: unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error, ...parts, error.cause].flatMap((each) => (each === error ? [each] : causesOf(each, depth + 1)));
}

/** What a proxy said to the wish for a tunnel: undici has it in its words alone (its ProxyAgent; so has the editor's). */
function proxyStatusOf(error: unknown): number | undefined {
  const [, status] = error instanceof Error ? (/^Proxy response \((\d{3})\)/.exec(error.message) ?? []) : [];
  return status === undefined ? undefined : Number(status);
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.name === 'HTTPParserError' ? error.name : undefined;
}
