import type { Agent } from 'undici';
import type { Disposable } from '../core/event.ts';
import { AppError } from '../core/outcome.ts';
import type { Answer, Sending } from './exchange.ts';

/** A connection pool that connects to given IP addresses and to no other, without any look-up or proxy. */
export interface PinnedAgent {
  fetch(url: string, sending: Sending): Promise<Answer>;
  /** The IP address that was connected to last. */
  connectedTo(): string | undefined;
}

export interface PinnedAgents extends Disposable {
  /** Reuses the pool, and so its open sockets, as long as the origin has the same addresses. */
  get(origin: string, addresses: readonly [string, ...string[]]): Promise<PinnedAgent>;
}

/** Milliseconds for a TCP (and TLS) connection. The answer itself may take as long as the callers' signals allow. */
const CONNECT_MS = 10_000;

export function createPinnedAgents(): PinnedAgents {
  const pools = new Map<string, { readonly pins: string; readonly agent: Agent; readonly pinned: PinnedAgent }>();
  return {
    async get(origin, addresses) {
      const parts = await loadUndici();
      const pins = addresses.join(' ');
      const known = pools.get(origin);
      if (known?.pins === pins) return known.pinned;
      // Lets requests in flight end; their addresses were checked too.
      if (known) void known.agent.close();
      const made = makePool(parts, addresses);
      pools.set(origin, { pins, ...made });
      return made.pinned;
    },
    dispose() {
      for (const { agent } of pools.values()) void agent.destroy();
      pools.clear();
    },
  };
}

function makePool({ fetch, Agent, buildConnector }: Undici, addresses: readonly [string, ...string[]]) {
  let connected: string | undefined;
  const answers = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const connect = buildConnector({
    timeout: CONNECT_MS,
    allowH2: false,
    // Said outright: without a word, Node asks NODE_TLS_REJECT_UNAUTHORIZED, which may come from a repository.
    rejectUnauthorized: true,
    autoSelectFamily: true,
    // Node asks this in place of the system's resolver; for a literal address it asks nobody.
    lookup: (_host, { all }, done) =>
      all === true ? done(null, answers) : done(null, addresses[0], answers[0]?.family),
  });
  const agent = new Agent({
    headersTimeout: 0, // local models may take minutes to load
    bodyTimeout: 0,
    connect: (options, done) =>
      connect(options, (...result) => {
        const [error, socket] = result;
        if (error) return done(error, null);
        const remote = socket.remoteAddress;
        if (remote === undefined || !addresses.includes(remote)) {
          socket.destroy();
          const detail = `The socket leads to ${remote ?? 'an unknown address'} instead of ${addresses.join(' or ')}.`;
          return done(new AppError('refused', { rule: 'pinned', detail }), null);
        }
        connected = remote;
        done(null, socket);
      }),
  });
  const pinned: PinnedAgent = {
    fetch: (url, sending) => fetch(url, { ...sending, dispatcher: agent }),
    connectedTo: () => connected,
  };
  return { agent, pinned };
}

type Undici = Awaited<ReturnType<typeof loadUndici>>;

async function loadUndici() {
  // undici puts an agent of its own into the process-wide slot when it finds it empty. Node's own copy fills the slot when
  // it loads, which asking for any of its globals makes it do: so nobody else's requests go through this copy.
  void new globalThis.Headers();
  return import('./undici.ts');
}
