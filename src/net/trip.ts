import { isWithin } from '../core/model.ts';
import { type Refusal, refusal } from '../core/outcome.ts';
import type { Address } from '../core/privacy/address.ts';
import type { LedgerFacts, RequestVerdict } from '../core/privacy/ledgerEntry.ts';
import type { Clearance } from '../core/privacy/policy.ts';
import { countedBody } from './countedBody.ts';
import type { Dialer, Route } from './dialer.ts';
import type { Answer, Sending } from './exchange.ts';
import { type Flight, refusedError } from './flight.ts';
import { networkError } from './networkError.ts';
import { type Outgoing, isQuestion, isUnder, keyHeader } from './outgoing.ts';
import type { RequestRecord } from './requestRecord.ts';

/** The API key that the user entered for an origin. */
export type Keys = (origin: string) => Promise<string | undefined>;

export interface TripParts {
  readonly clearance: Clearance;
  readonly address: Address;
  readonly dialer: Dialer;
  readonly keys: Keys;
  /** What speaks against the request as things are at this moment. */
  readonly objection: () => Refusal | undefined;
  readonly outgoing: Outgoing;
  readonly flight: Flight;
  readonly record: RequestRecord;
}

/** Takes one request to its server and its answer back. Throws `AppError`, or the reason of the caller's own signal. */
export async function makeTrip(parts: TripParts): Promise<Response> {
  const { clearance, outgoing, flight, record } = parts;
  let route: Route | undefined;
  let status: number | undefined;

  const end = async (verdict: RequestVerdict, more: Pick<LedgerFacts, 'rule' | 'reason'> = {}) => {
    flight.dispose();
    const address = route?.connectedTo() ?? route?.addresses;
    await record.end(verdict, {
      ...(address !== undefined && { address }),
      ...(status !== undefined && { status }),
      ...more,
    });
  };
  const fail = async (error: unknown, begun: boolean): Promise<Error> => {
    const { cutBy } = flight;
    if (cutBy) {
      await end(cutBy.rule === 'breach' ? 'breach' : 'refused', { rule: cutBy.rule, reason: cutBy.reason });
      return refusedError(cutBy, clearance);
    }
    if (flight.signal.aborted) {
      await end('cancelled');
      return asError(flight.signal.reason);
    }
    const failure = networkError(error, clearance.ask.endpoint, begun);
    const { rule, detail } = failure.facts;
    await end(failure.kind === 'refused' ? 'refused' : 'failed', {
      rule: rule ?? failure.kind,
      ...(detail !== undefined && { reason: detail }),
    });
    // What the door gives up must not go on behind its back.
    flight.cut(refusal('closed', 'The request has failed.'));
    return failure;
  };

  try {
    const way = await findRoute(parts);
    route = way;
    const sending = await prepare(parts, way);
    const answer = await way.fetch(outgoing.url.href, sending);
    ({ status } = answer);
    checkArrival(answer, parts);
    const headers = new Headers();
    for (const [name, value] of answer.headers) headers.append(name, value);
    const body =
      answer.body &&
      countedBody(answer.body, {
        count: (bytes) => void (record.bytesIn += way.within ? 0 : bytes),
        ended: () => end('ok'),
        broke: (error) => fail(error, true),
        cancelled: () => end(flight.signal.aborted ? 'cancelled' : 'ok'),
      });
    if (!body) await end('ok');
    // Whoever aborts need not read on: the request has ended all the same.
    flight.signal.addEventListener('abort', () => void fail(flight.signal.reason, true), { once: true });
    return new Response(body, { status, statusText: answer.statusText, headers });
  } catch (error) {
    throw await fail(error, false);
  }
}

async function findRoute({ clearance, address, dialer, flight, outgoing }: TripParts): Promise<Route> {
  const beside = clearance.ask.endpoint.zone !== 'cloud' && isQuestion(outgoing, address);
  if (!beside && !isUnder(outgoing.url, address)) {
    throw refusedError(refusal('address', `${outgoing.url.origin} is not the server that was cleared.`), clearance);
  }
  const route = await unlessAborted(flight.signal, dialer.route(address));
  if (isWithin(route.zone, clearance.zone)) return route;
  throw refusedError(
    refusal('zone', `The address leads to ${route.zone}, but ${clearance.zone} was cleared.`),
    clearance,
  );
}

/** Everything that has to be done before the first byte leaves; the last look at the policy is the last step. */
async function prepare(parts: TripParts, route: Route): Promise<Sending> {
  const { clearance, address, keys, objection, outgoing, flight, record } = parts;
  const { endpoint } = clearance.ask;
  const key = endpoint.needsKey ? await unlessAborted(flight.signal, keys(address.origin)) : undefined;
  const headers = { ...outgoing.headers, ...keyHeader(endpoint, key) };
  const { body } = outgoing;
  // Counted is what a network carries: nothing of what goes to a process of our own.
  if (body !== undefined && !(body instanceof ReadableStream) && !route.within) {
    record.bytesOut = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  }
  await record.begin({
    call: `${outgoing.method} ${outgoing.url.pathname}`,
    bytesOut: record.bytesOut,
    ...(route.addresses !== undefined && { address: route.addresses }),
    reason: [...new Set(clearance.verdict.reasons.map(({ source }) => source))].join(', '),
  });
  flight.signal.throwIfAborted();
  const refused = objection();
  if (refused) throw refusedError(refused, clearance);
  return {
    method: outgoing.method,
    headers,
    ...(body instanceof ReadableStream
      ? { body: counted(body, record), duplex: 'half' }
      : body !== undefined && { body }),
    signal: flight.signal,
    redirect: 'manual',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    cache: 'no-store',
  };
}

/** A redirect is refused whatever it leads to: a key or a text would go where nobody cleared it. */
function checkArrival(answer: Answer, { clearance, address, outgoing }: TripParts): void {
  const { status, type, redirected, url } = answer;
  const asked = url === '' || url === outgoing.url.href;
  const elsewhere = !asked && !(URL.canParse(url) && isUnder(new URL(url), address));
  if (redirected || elsewhere || type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    throw refusedError(refusal('redirect', 'The server wants the request to go to another address.'), clearance);
  }
}

/** Counts a streamed request body as it flows out. */
function counted(body: ReadableStream<Uint8Array>, record: RequestRecord): ReadableStream<Uint8Array> {
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        record.bytesOut += chunk.byteLength;
        controller.enqueue(chunk);
      },
    }),
  );
}

/** Waits, but not longer than until the signal aborts; for things that cannot be cancelled themselves. */
function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(asError(signal.reason));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new DOMException(String(value), 'AbortError');
}
