import type { CorpusFile } from './corpus.ts';
import { type Figure, atLeast, atMost, atMostTimes, median, quantile, sum, upper } from './figure.ts';
import { HARMS } from './judge.ts';
import type { OracleRequest } from './oracle.ts';
import type { SpeedName } from './runs.ts';
import type { SessionResult, Showing } from './session.ts';
import { aboveBound, ghostMs, pairs } from './timing.ts';

/** Sessions of one subject. */
export interface Runs {
  readonly own: readonly SessionResult[];
  readonly naive: readonly SessionResult[];
}

/** Where everything is typed: what comes when, and how calm the screen is. */
export function timeFigures(speed: SpeedName, { own, naive }: Runs, files: readonly CorpusFile[]): Figure[] {
  const both = pairs(own, naive).filter(({ own: key }) => !key.mistyped);
  // Keys after which the reference showed something new.
  const served = both.filter(({ naive: key }) => key.fresh !== undefined);
  const fetched = served.filter(({ own: key }) => !key.stayed);
  const times = (some: typeof both, whose: 'own' | 'naive') => some.map((pair) => ghostMs(pair[whose]));
  const over = own.flatMap((session, index) => {
    const text = files[index % files.length]?.text ?? '';
    return session.keys.flatMap((key) => aboveBound(key, session.requests, text) ?? []);
  });
  const ghosts = (whose: 'own' | 'naive') =>
    (100 * both.filter((pair) => pair[whose].ghostAt !== undefined).length) / both.length;
  const compare = (name: string, unit: string, of: (some: readonly SessionResult[]) => number): Figure => ({
    name: `${speed}: ${name}`,
    value: of(own),
    unit,
    reference: of(naive),
  });
  return [
    {
      name: `${speed}: key to valid text, median`,
      value: median(times(served, 'own')),
      unit: 'ms',
      reference: median(times(served, 'naive')),
      bound: atMostTimes(0.6),
      count: served.length,
    },
    {
      name: `${speed}: key to valid text, p95`,
      value: upper(times(served, 'own'), 0.95),
      unit: 'ms',
      reference: upper(times(served, 'naive'), 0.95),
      bound: atMostTimes(0.7),
    },
    {
      name: `${speed}: the same where it did not stand there already, median`,
      value: upper(times(fetched, 'own'), 0.5),
      unit: 'ms',
      reference: upper(times(fetched, 'naive'), 0.5),
      bound: atMostTimes(0.6),
      count: fetched.length,
    },
    {
      name: `${speed}: the same where it did not stand there already, p95`,
      value: upper(times(fetched, 'own'), 0.95),
      unit: 'ms',
      reference: upper(times(fetched, 'naive'), 0.95),
    },
    {
      name: `${speed}: above the bound where it was being generated, median`,
      value: over.length === 0 ? Number.NaN : median(over),
      unit: 'ms',
      reference: null,
      bound: atMost(10),
      count: over.length,
    },
    {
      name: `${speed}: above the bound where it was being generated, p95`,
      value: over.length === 0 ? Number.NaN : quantile(over, 0.95),
      unit: 'ms',
      reference: null,
    },
    {
      name: `${speed}: within 10 ms of that bound`,
      value: (100 * over.filter((ms) => ms <= 10).length) / over.length,
      unit: '%',
      reference: null,
    },
    { name: `${speed}: keys with valid text`, value: ghosts('own'), unit: '%', reference: ghosts('naive') },
    compare('flickers per 1,000 keys', '', (some) => perThousand(some, sum(some.map(({ flickers }) => flickers)))),
    compare('requests per 1,000 keys', '', (some) => perThousand(some, requestsOf(some).length)),
    compare('cancelled requests per 1,000 keys', '', (some) =>
      perThousand(some, requestsOf(some).filter(({ cancelledAt }) => cancelledAt !== undefined).length),
    ),
  ];
}

/** What is shown under the noisy policies, typed and accepted. */
export function qualityFigures(speed: SpeedName, { own, naive }: Runs): Figure[] {
  const compare = (name: string, of: (some: readonly Showing[]) => number, bound?: Figure['bound']): Figure => ({
    name: `${speed}, noisy: ${name}`,
    value: of(showingsOf(own)),
    unit: '%',
    reference: of(showingsOf(naive)),
    count: showingsOf(own).length,
    ...(bound && { bound }),
  });
  const share = (some: readonly Showing[], holds: (showing: Showing) => boolean) =>
    (100 * some.filter(holds).length) / some.length;
  return [
    compare(
      'characters right before the first wrong one',
      (some) =>
        (100 * sum(some.map(({ verdict }) => verdict?.right ?? 0))) /
        sum(some.map(({ verdict }) => verdict?.length ?? 0)),
      atLeast(97),
    ),
    compare(
      'texts that would break the file',
      (some) => share(some, ({ verdict }) => (verdict?.harms.length ?? 0) > 0),
      atMost(1),
    ),
    ...HARMS.map((harm) =>
      compare(`of these: ${harm}`, (some) => share(some, ({ verdict }) => verdict?.harms.includes(harm) === true)),
    ),
    compare(
      'characters wrong beyond repair',
      (some) =>
        (100 *
          sum(
            some.map(({ policy, verdict }) => (policy === 'wrong' && verdict ? verdict.length - verdict.right : 0)),
          )) /
        sum(some.map(({ verdict }) => verdict?.length ?? 0)),
    ),
    compare('first line exactly right', (some) => share(some, ({ verdict }) => verdict?.line === true)),
    {
      ...compare(
        'right characters per text',
        (some) => sum(some.map(({ verdict }) => verdict?.right ?? 0)) / some.length,
      ),
      unit: '',
    },
  ];
}

/** What it costs the server: where right texts are accepted and, of `all`, where everything is typed, too. */
export function costFigures(speed: SpeedName, { own, naive }: Runs, all: Runs): Figure[] {
  const per = (some: readonly SessionResult[], of: (request: OracleRequest) => number) =>
    sum(requestsOf(some).map(of)) / sum(some.map(({ accepted }) => accepted));
  const reuse = (some: readonly SessionResult[]) =>
    sum(started(some).map(({ cost }) => cost.cachedTokens)) / sum(started(some).map(({ cost }) => cost.promptTokens));
  const compare = (name: string, of: (some: readonly SessionResult[]) => number, bound?: Figure['bound']): Figure => ({
    name: `${speed}: ${name}`,
    value: of(own),
    unit: '',
    reference: of(naive),
    ...(bound && { bound }),
  });
  const planned = (some: readonly SessionResult[]) => sum(some.map(({ plan }) => plan));
  return [
    {
      ...compare('KV reuse, cached of prompt tokens', reuse, atLeast(0.9)),
      value: reuse(all.own),
      reference: reuse(all.naive),
    },
    compare('of these where texts are accepted', reuse),
    compare(
      'prompt tokens evaluated per accepted character',
      (some) => per(some, ({ cost }) => cost.evaluatedTokens),
      atMostTimes(0.25),
    ),
    compare('prompt tokens sent per accepted character', (some) => per(some, ({ cost }) => cost.promptTokens)),
    {
      ...compare('characters accepted', (some) => (100 * sum(some.map(({ accepted }) => accepted))) / planned(some)),
      unit: '%',
    },
    compare(
      'characters per acceptance',
      (some) => sum(some.map(({ accepted }) => accepted)) / sum(some.map((one) => one.acceptances)),
    ),
  ];
}

function showingsOf(some: readonly SessionResult[]): Showing[] {
  return some.flatMap(({ showings }) => showings.filter(({ verdict }) => verdict !== undefined));
}

function requestsOf(some: readonly SessionResult[]): OracleRequest[] {
  return some.flatMap(({ requests }) => requests);
}

/** Requests of which the server evaluated something: one that was cancelled while it waited says nothing about reuse. */
function started(some: readonly SessionResult[]): OracleRequest[] {
  return requestsOf(some).filter(({ cost }) => cost.startedAt !== undefined);
}

function perThousand(some: readonly SessionResult[], count: number): number {
  return (1000 * count) / sum(some.map(({ keys }) => keys.length));
}
