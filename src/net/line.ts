import { type Refusal, refusal } from '../core/outcome.ts';
import type { Address } from '../core/privacy/address.ts';
import type { Clearance } from '../core/privacy/policy.ts';
import type { Line } from '../core/provider.ts';
import type { Dialer } from './dialer.ts';
import { type Flight, type Flights, refusedError, startFlight } from './flight.ts';
import type { Ledger } from './ledger.ts';
import { readOutgoing } from './outgoing.ts';
import { type RequestRecord, createRequestRecord, factsOf } from './requestRecord.ts';
import { type Keys, makeTrip } from './trip.ts';

export interface LineParts {
  readonly clearance: Clearance;
  readonly address: Address;
  readonly dialer: Dialer;
  readonly ledger: Ledger;
  readonly keys: Keys;
  readonly flights: Flights;
  /** What speaks against the request as things are at this moment. */
  readonly objection: () => Refusal | undefined;
}

/** Carries the requests of one clearance to its server and nowhere else. */
export function createLine({ ledger, flights, ...parts }: LineParts): Line {
  const { clearance } = parts;
  const own = new Set<Flight>();
  let closed: Refusal | undefined;
  let latest: RequestRecord | undefined;
  const newRecord = () =>
    createRequestRecord(ledger, { ...factsOf(clearance.ask), zone: clearance.zone, level: clearance.verdict.level });
  const objection = () => closed ?? parts.objection();

  return {
    async fetch(...args) {
      const outgoing = readOutgoing(...args);
      outgoing.signal?.throwIfAborted();
      const record = newRecord();
      latest = record;
      const refused = objection();
      if (refused) {
        await record.end('refused', { rule: refused.rule, reason: refused.reason });
        throw refusedError(refused, clearance);
      }
      const flight = startFlight([flights, own], clearance, outgoing.signal);
      return makeTrip({ ...parts, objection, outgoing, flight, record });
    },
    breach(detail) {
      closed ??= refusal('breach', detail);
      (latest ?? newRecord()).breach(detail);
      for (const flight of own) flight.cut(closed);
      return refusedError(closed, clearance);
    },
    used: (usage) => latest?.used(usage),
    failed: (kind) => latest?.failed(kind),
  };
}
