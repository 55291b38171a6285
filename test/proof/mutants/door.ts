import { type Mutant, inFile } from './mutant.ts';

const NET = [
  ['test/net/doorRequest', 'test/net/doorAbort', 'test/net/doorDialing', 'test/net/doorLedger', 'test/net/doorBuiltin'],
  ['test/net/doorProxy', 'test/net/verify'],
];

/** What stands between a clearance and a socket. */
export const DOOR_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'src/net/door.ts',
    NET,
    ['a door that is closed', 'if (closed) return closed;', ''],
    [
      'a forged clearance',
      "if (!Clearance.isGenuine(clearance)) return refusal('forged', 'The request was not cleared by the policy.');",
      '',
    ],
    ['a server that is not in the settings', 'if (!now) return refusal(', 'if (now === null) return refusal('],
    ['another address under the same id', 'id === endpoint.id && url === endpoint.url', 'id === endpoint.id'],
    [
      'a server that has become less private',
      'if (!isWithin(now.zone, clearance.zone)) return',
      'if (now.zone === undefined) return',
    ],
    ['the policy is asked again', 'return policy.recheck(clearance);', 'return undefined;'],
    [
      'a server that is spelt as the process of the built-in engine',
      "if (protocol !== 'builtin') return readBaseUrl(url);",
      'if (url !== BUILTIN_ADDRESS.url) return readBaseUrl(url);',
    ],
    [
      'the process of the built-in engine with the address of a server',
      'return url === BUILTIN_ADDRESS.url ? BUILTIN_ADDRESS :',
      'return protocol ? BUILTIN_ADDRESS :',
    ],
    [
      'no line for what is refused',
      'const address = refused ?? addressOf(clearance.ask.endpoint);',
      'const address = addressOf(clearance.ask.endpoint);',
    ],
    ['a change of level cuts what is under way', 'if (refused) flight.cut(refused);', ''],
    ['closing cuts what is under way', 'for (const flight of flights) flight.cut(closed);', ''],
  ),
  ...inFile(
    'src/net/line.ts',
    NET,
    ['a line is looked at at each request', 'if (refused) {', 'if (refused && !refused) {'],
    [
      'a line that was breached is closed',
      'const objection = () => closed ?? parts.objection();',
      'const objection = () => parts.objection();',
    ],
    ['a breach cuts the request', 'for (const flight of own) flight.cut(closed);', ''],
    ['a breach is written down', '(latest ?? newRecord()).breach(detail);', ''],
    ['an aborted request', 'outgoing.signal?.throwIfAborted();', ''],
    ['requests can be found by the door', 'startFlight([flights, own], ', 'startFlight([own], '],
    ['the ledger tells the zone', 'zone: clearance.zone, level', "zone: 'device', level"],
  ),
  ...inFile(
    'src/net/flight.ts',
    NET,
    ['cutting aborts', 'controller.abort(refusedError(refusal, clearance));', ''],
    ['the caller’s signal', "caller?.addEventListener('abort', follow, { once: true });", ''],
    ['a cut is known for what it is', 'cutBy = refusal;', ''],
  ),
  ...inFile(
    'src/net/trip.ts',
    NET,
    [
      'only the address that was cleared',
      'if (!isUnder(outgoing.url, address)) {',
      'if (outgoing.url === undefined) {',
    ],
    ['the socket’s own zone', 'if (isWithin(route.zone, clearance.zone)) return route;', 'return route;'],
    ['the ledger before the first byte', 'await record.begin({', 'void record.begin({'],
    ['an abort while the ledger was written', 'flight.signal.throwIfAborted();', ''],
    [
      'the last look at the policy',
      'const refused = objection();',
      'const refused = undefined as Refusal | undefined;',
    ],
    ['keys are bound to an origin', 'keys(address.origin)', 'keys(address.host)'],
    ['redirects are not followed', "redirect: 'manual'", "redirect: 'follow' as never"],
    ['redirects are refused', ' || (status >= 300 && status < 400)', ''],
    ['an answer from elsewhere', 'if (redirected || elsewhere || ', 'if (redirected || '],
    ['an answer that was redirected', 'if (redirected || elsewhere || ', 'if (elsewhere || '],
    ['an answer that the platform has redirected', "type === 'opaqueredirect' || ", ''],
    ['a request that failed does not go on', "flight.cut(refusal('closed', 'The request has failed.'));", ''],
    ['nothing is kept in a cache', "cache: 'no-store'", "cache: 'default' as never"],
    ['bytes of a streamed body are counted', 'record.bytesOut += chunk.byteLength;', ''],
    ['bytes of an answer are counted', 'record.bytesIn += way.within ? 0 : bytes', 'record.bytesIn += 0'],
    ['cookies', "credentials: 'omit'", "credentials: 'include' as never"],
    ['referrers', "referrerPolicy: 'no-referrer'", "referrerPolicy: 'unsafe-url' as never"],
    [
      'the signal of the flight',
      'signal: flight.signal,\n    redirect',
      'signal: new AbortController().signal,\n    redirect',
    ],
    [
      'an abort in the midst of an answer',
      "flight.signal.addEventListener('abort', () => void fail(flight.signal.reason, true), { once: true });",
      '',
    ],
  ),
  ...inFile(
    'src/net/dialer.ts',
    NET,
    ['localhost that is not loopback', 'if (stray) {', 'if (stray && !stray) {'],
    [
      'every address of localhost',
      'addresses.find((each) => !isLoopback(asHost(each)))',
      '[first].find((each) => !isLoopback(asHost(each)))',
    ],
    [
      'a name is resolved once',
      'return [...new Set((await lookup(host)).map(({ address }) => address))];',
      'await lookup(host);\n    return [...new Set((await lookup(host)).map(({ address }) => address))];',
    ],
    ['numbers are not looked up', "if (kind !== 'name') return [host];", "if (kind === 'ipv6') return [host];"],
    ['clouds over TLS', "if (address.scheme !== 'https') {", 'if (address.scheme === undefined) {'],
    [
      'no proxy for this machine and the network',
      "if (zone !== 'cloud') return pinnedRoute(address, zone);",
      "if (zone !== 'cloud' && address.path === '/never') return pinnedRoute(address, zone);",
    ],
    [
      'the zone is found by the address',
      'const zone = zoneOf(address, networkHosts());',
      "const zone = 'device' as Zone;",
    ],
  ),
  ...inFile(
    'src/net/pinnedAgents.ts',
    NET,
    [
      'what was resolved is what is dialled',
      'all === true ? done(null, answers) : done(null, addresses[0], answers[0]?.family),',
      "done(null, '127.0.0.9', 4),",
    ],
    [
      'the socket is looked at',
      'if (remote === undefined || !addresses.includes(remote)) {',
      'if (remote === undefined) {',
    ],
    [
      'a pool is for the addresses that it was made for',
      'if (known?.pins === pins) return known.pinned;',
      'if (known) return known.pinned;',
    ],
    ['the pool and no other', '{ ...sending, dispatcher: agent }', 'sending'],
    ['nobody else’s requests go through our copy of undici', 'void new globalThis.Headers();', ''],
  ),
  ...inFile(
    'src/net/outgoing.ts',
    NET,
    [
      'keys of client libraries stay behind',
      "const PASSED = ['accept', ",
      "const PASSED = ['authorization', 'accept', ",
    ],
    ['cookies of client libraries stay behind', "const PASSED = ['accept', ", "const PASSED = ['cookie', 'accept', "],
    ['another origin', 'origin === base.origin &&', 'origin !== "" &&'],
    ['a user name in the address', "username === '' &&", ''],
    ['a password in the address', "password === '' &&", ''],
    ['a fragment in the address', "hash === '' &&", ''],
    ['only below the path', 'pathname.startsWith(`${base.path}/`)', 'pathname.startsWith(base.path)'],
    [
      'no key where none is wanted',
      'if (!endpoint.needsKey) return {};',
      "if (!endpoint.needsKey) return { authorization: 'Bearer x' };",
    ],
    [
      'keys that no header can carry',
      'if (key === undefined || !/^[\\u0021-\\u007e]+$/.test(key))',
      'if (key === undefined)',
    ],
    [
      'keys go in the header of their protocol alone',
      'name === undefined ? { authorization: `Bearer ${key}` } : { [name]: key }',
      '{ authorization: `Bearer ${key}`, ...(name !== undefined && { [name]: key }) }',
    ],
  ),
];
