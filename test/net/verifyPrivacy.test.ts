import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import type { Endpoint } from '../../src/core/model.ts';
import { AppError } from '../../src/core/outcome.ts';
import type { AttemptResult, VerificationReport } from '../../src/core/privacy/verification.ts';
import { isHeld, verdictOf } from '../../src/core/privacy/verification.ts';
import { type Policy, createPolicy } from '../../src/core/privacy/policy.ts';
import { type DoorParts, createDoor } from '../../src/net/door.ts';
import { attemptsFor, verifyPrivacy } from '../../src/net/verifyPrivacy.ts';
import type { VerifyParts } from '../../src/net/verifyStage.ts';
import { createOllama } from '../../src/providers/ollama.ts';
import { endpointAt } from './endpoint.ts';
import { buildHouse } from './house.ts';

const CLOUD = endpointAt('https://api.cloud.example/v1', { id: 'cloud', protocol: 'openai', zone: 'cloud' });

/** The parts of a window whose user has a server in the cloud and one in the network. */
function window(broken: Partial<VerifyParts> & Pick<Partial<DoorParts>, 'cloudFetch'> = {}) {
  const cloudFetch = vi.fn<typeof fetch>(() => Promise.resolve(new Response('sent')));
  const endpoints: Endpoint[] = [
    CLOUD,
    endpointAt('http://gpu.corp.example:11434', { id: 'gpu', zone: 'network' }),
    endpointAt('http://127.0.0.1:11434', { id: 'ollama' }),
  ];
  const policy =
    broken.policy ??
    createPolicy((sources) => {
      const level = sources.some((source) => source.kind === 'taint' && source.level === 'private')
        ? 'private'
        : 'open';
      return { level, reasons: [{ source: 'mark', level }] };
    });
  const house = buildHouse({ cloudFetch, networkHosts: () => ['gpu.corp.example'] });
  const makeDoor = broken.makeDoor ?? createDoor;
  const door = makeDoor({
    policy,
    ledger: house.ledger,
    keys: () => Promise.resolve(undefined),
    cloudFetch,
    networkHosts: () => ['gpu.corp.example'],
    lookup: () => Promise.resolve([{ address: '127.0.0.1' }]),
    endpoints: () => endpoints,
  });
  const parts: VerifyParts = {
    policy,
    door,
    ledger: house.ledger,
    endpoints: () => endpoints,
    cloudFetch,
    ollama: createOllama(),
    fromPage: () => Promise.resolve([{ way: 'fetch', blocked: true, detail: '' }]),
    ...broken,
  };
  return { parts, house, cloudFetch };
}

async function verify(parts: VerifyParts, only?: RegExp): Promise<VerificationReport> {
  const report = await verifyPrivacy(parts, { signal: new AbortController().signal });
  return only ? { ...report, results: report.results.filter(({ id }) => only.test(id)) } : report;
}
const throughs = ({ results }: VerificationReport) => results.filter((result) => !isHeld(result)).map(({ id }) => id);

describe('verifying', () => {
  it('finds every attempt stopped by the rule that is meant to stop it', async () => {
    const { parts, house, cloudFetch } = window();
    const seen: string[] = [];
    const onResult = vi.fn<(result: AttemptResult) => void>(({ id }) => void seen.push(id));
    const report = await verifyPrivacy(parts, { signal: new AbortController().signal, onResult });
    expect(report.results.filter((result) => !isHeld(result) || result.meant !== undefined)).toEqual([]);
    expect(verdictOf(report)).toBe('held');
    expect(seen).toEqual(attemptsFor(parts).map(({ id }) => id));
    expect(new Set(seen).size).toBe(seen.length);
    expect(report.results.length).toBe(report.attempts);
    expect(cloudFetch).not.toHaveBeenCalled();
    expect(report.chain).toMatchObject({ intact: true });
    // Every attempt is written down, most of them as a refusal.
    expect(report.lines).toBe(house.entries().length);
    expect(house.entries().filter(({ phase }) => phase === 'refused').length).toBeGreaterThan(25);
  });

  it('leaves no listener and no variable behind', async () => {
    const { parts } = window();
    const handles = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
    const [before, proxy] = [handles(), process.env['HTTP_PROXY']];
    await verify(parts);
    expect([handles(), process.env['HTTP_PROXY']]).toEqual([before, proxy]);
  });

  it('ends soon when it is cancelled, without a verdict', async () => {
    const { parts } = window();
    const stop = new AbortController();
    const report = await verifyPrivacy(parts, {
      signal: stop.signal,
      onResult: (_, done) => {
        if (done === 5) stop.abort();
      },
    });
    expect(report.results).toHaveLength(5);
    expect(verdictOf(report)).toBe('cancelled');
  });

  it('says when the chain of the ledger is broken', async () => {
    const { parts } = window();
    const broken = { intact: false, file: '2026-11.jsonl', line: 3, problem: 'It cannot be read.' } as const;
    const ledger = { ...parts.ledger, verify: () => Promise.resolve(broken) };
    expect(verdictOf(await verify({ ...parts, ledger }))).toBe('chainBroken');
  });
});

/** A policy that allows everything; what it makes are genuine clearances all the same. */
function lax(level: 'open' | 'internal'): Policy {
  return createPolicy(() => ({ level, reasons: [] }));
}

describe('a hole is noticed when', { timeout: 30_000 }, () => {
  it('the level of a text does not count', async () => {
    const report = await verify(window({ policy: lax('open') }).parts);
    expect(verdictOf(report)).toBe('through');
    expect(throughs(report)).toEqual(
      expect.arrayContaining(['configured:cloud', 'network', 'cloudName:kimi-k2:cloud']),
    );
    const cloud = report.results.find(({ id }) => id === 'configured:cloud');
    expect(cloud).toMatchObject({
      arrived: { connections: 1 },
      instead: 'It was sent, and answered with status 200.',
    });
  });

  it('private text may go to the network', async () => {
    expect(throughs(await verify(window({ policy: lax('internal') }).parts))).toContain('network');
  });

  it('the door does not look at what was cleared', async () => {
    const report = await verify(window({ makeDoor: carelessDoor }).parts);
    // What the policy alone stops stays stopped; all the rest is the door's work.
    const policyAlone = /^(configured:|network$|cloudName:)/;
    const alias = /^alias:metadata$|^page$/; // the provider's and the page's own
    const rest = report.results.map(({ id }) => id).filter((id) => !policyAlone.test(id) && !alias.test(id));
    expect(rest.filter((id) => !throughs(report).includes(id))).toEqual([]);
  });

  it('a page can reach out', async () => {
    const { parts } = window({
      async fromPage(url) {
        await fetch(url);
        return [
          { way: 'fetch', blocked: false, detail: 'it was answered' },
          { way: 'image', blocked: true, detail: '' },
        ];
      },
    });
    const [page] = (await verify(parts, /^page$/)).results;
    expect(page).toMatchObject({
      instead: 'These were not blocked: fetch (it was answered)',
      arrived: { connections: 1 },
    });
  });

  it('a page opens a connection and sends something, but not when it sends nothing', async () => {
    const knock = (text: string) => async (url: string) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      await new Promise<void>((resolve) => void socket.end(text, resolve));
      return [{ way: 'frame', blocked: true, detail: '' }];
    };
    expect(throughs(await verify(window({ fromPage: knock('x') }).parts))).toEqual(['page']);
    expect(throughs(await verify(window({ fromPage: knock('') }).parts))).toEqual([]);
  });

  it('something arrives although a refusal was shown', async () => {
    const { parts } = window({
      makeDoor: (given) => ({
        ...createDoor(given),
        async open(clearance) {
          const signal = AbortSignal.timeout(200);
          await fetch(clearance.ask.endpoint.url, { signal }).catch(() => undefined);
          throw new AppError('refused', { rule: 'address', detail: 'Too late.' });
        },
      }),
    });
    expect(throughs(await verify(parts))).toEqual(
      expect.arrayContaining(['notConfigured', 'ledger', 'spelling:http://0.0.0.0:PORT']),
    );
  });

  it('another rule than the one that is meant stops an attempt', async () => {
    const { parts } = window({
      makeDoor: (given) => ({
        ...createDoor(given),
        open: () => Promise.reject(new AppError('refused', { rule: 'other', detail: 'By chance.' })),
      }),
    });
    const [redirect] = (await verify(parts, /^redirect$/)).results;
    expect(redirect).toMatchObject({ stoppedBy: { rule: 'other' }, meant: 'redirect' });
  });
});

/** Sends whatever it is given: by any spelling, past the ledger, through redirects and proxies, whatever happens meanwhile. */
const carelessDoor: typeof createDoor = ({ lookup, endpoints }) => ({
  open({ ask }) {
    return Promise.resolve({
      async fetch(input, init) {
        const url = new URL(input instanceof Request ? input.url : input);
        const proxy = process.env['HTTP_PROXY'];
        if (proxy !== undefined && ask.endpoint.id === 'verify') await fetch(proxy).catch(() => undefined);
        if (lookup && url.hostname === 'localhost') await lookup('localhost');
        const leads = (await lookup?.(url.hostname))?.[0]?.address;
        if (leads === '192.0.2.1') throw new Error('ETIMEDOUT');
        if (leads !== undefined && /[a-z]/.test(url.hostname)) url.hostname = leads;
        if (endpoints().some(({ url: known }) => known === CLOUD.url) && url.protocol === 'https:')
          throw new Error('ENOTFOUND');
        return fetch(url, init);
      },
      breach: (detail) => new Error(detail),
      used: () => undefined,
      failed: () => undefined,
    });
  },
  recheck: () => undefined,
  refused: () => Promise.resolve(),
  dispose: () => undefined,
});
