import type { Disposable } from '../core/event.ts';
import { type Endpoint, isWithin } from '../core/model.ts';
import { type Refusal, refusal } from '../core/outcome.ts';
import { BUILTIN_ADDRESS, readBaseUrl } from '../core/privacy/address.ts';
import { type Ask, Clearance, type Policy } from '../core/privacy/policy.ts';
import type { Line } from '../core/provider.ts';
import { type DialerParts, createDialer } from './dialer.ts';
import { type Flights, refusedError } from './flight.ts';
import type { Ledger } from './ledger.ts';
import { createLine } from './line.ts';
import { createRequestRecord, factsOf } from './requestRecord.ts';
import type { Keys } from './trip.ts';

/** The only way to a network. */
export interface Door extends Disposable {
  /** Opens a line for what was cleared. Rejects with `AppError('refused')`, after a line in the ledger. */
  open(clearance: Clearance): Promise<Line>;
  /** Looks at every request in flight again; call it whenever a level, a setting or an endpoint may have changed. */
  recheck(): void;
  /** Writes what the policy refused into the ledger. Never rejects. */
  refused(ask: Ask, refused: Refusal): Promise<void>;
}

export interface DoorParts extends DialerParts {
  readonly policy: Policy;
  readonly ledger: Ledger;
  readonly keys: Keys;
  /** The user's endpoints as they are now: nothing else is reached, and none that has become less private since. */
  readonly endpoints: () => readonly Endpoint[];
}

export function createDoor({ policy, ledger, keys, endpoints, ...dialing }: DoorParts): Door {
  const dialer = createDialer(dialing);
  const flights: Flights = new Set();
  let closed: Refusal | undefined;

  const objection = (clearance: Clearance): Refusal | undefined => {
    if (closed) return closed;
    if (!Clearance.isGenuine(clearance)) return refusal('forged', 'The request was not cleared by the policy.');
    const { endpoint } = clearance.ask;
    const now = endpoints().find(({ id, url }) => id === endpoint.id && url === endpoint.url);
    if (!now) return refusal('endpoint', `${endpoint.label} is not among the configured servers any more.`);
    if (!isWithin(now.zone, clearance.zone)) return refusal('endpoint', `${endpoint.label} has moved to another zone.`);
    return policy.recheck(clearance);
  };
  const refuse = async (ask: Ask | undefined, { rule, reason }: Refusal) => {
    const facts = ask ? factsOf(ask) : { id: '' };
    await createRequestRecord(ledger, facts).end('refused', { rule, reason });
  };

  return {
    async open(clearance) {
      const refused = objection(clearance);
      const address = refused ?? addressOf(clearance.ask.endpoint);
      if (!('problem' in address) && !('outcome' in address)) {
        return createLine({
          clearance,
          address,
          dialer,
          ledger,
          keys,
          flights,
          objection: () => objection(clearance),
        });
      }
      const no = 'outcome' in address ? address : refusal('address', address.problem);
      await refuse(Clearance.isGenuine(clearance) ? clearance.ask : undefined, no);
      throw refusedError(no, Clearance.isGenuine(clearance) ? clearance : undefined);
    },
    recheck() {
      for (const flight of flights) {
        const refused = objection(flight.clearance);
        if (refused) flight.cut(refused);
      }
    },
    refused: (ask, refused) => refuse(ask, refused),
    dispose() {
      closed = refusal('closed', 'Switchyard is shutting down.');
      for (const flight of flights) flight.cut(closed);
      dialer.dispose();
    },
  };
}

/** The protocol decides, not the spelling: a server is never the process, and the process never a server. */
function addressOf({ protocol, url }: Endpoint) {
  if (protocol !== 'builtin') return readBaseUrl(url);
  return url === BUILTIN_ADDRESS.url ? BUILTIN_ADDRESS : { problem: 'The built-in engine has no other address.' };
}
