import process from 'node:process';

/**
 * Takes the network away from this process before anything of the engine runs: the modules that open sockets, and the
 * globals. Plain JavaScript cannot bind the libraries that the addon loads; those get no address to go to, and the tests look
 * at the wire. Gives the names of what is still open, which is nothing.
 */
export function isolate(): string[] {
  const open: string[] = [];
  const get = process.getBuiltinModule.bind(process);
  // All are loaded before the first is closed: they are made of each other.
  const modules = MODULES.map((name): [string, unknown] => [name, get(name)]);
  for (const [name, found] of modules) {
    if (typeof found === 'object' && found !== null) closeAll(found, CLOSED[name] ?? [], open, name);
  }
  closeAll(globalThis, GLOBALS, open, 'global');
  const refuseModule = (name: string) => {
    if (FORBIDDEN.test(name)) throw new Error(NO);
    return get(name);
  };
  Object.defineProperty(process, 'getBuiltinModule', { value: refuseModule, configurable: false, writable: false });
  // The bindings below the modules.
  closeAll(process, ['binding', '_linkedBinding'], open, 'process');
  for (const name of Object.keys(process.env)) {
    if (/proxy/i.test(name)) Reflect.deleteProperty(process.env, name);
  }
  return open;
}

const NO = 'The process of the built-in engine has no network.';
/** No arrow: some are called with `new`. */
function refuse(): never {
  throw new Error(NO);
}
const MODULES = ['net', 'dgram', 'tls', 'http', 'https', 'http2', 'dns', 'child_process', 'worker_threads', 'cluster'];
const FORBIDDEN = new RegExp(`^(node:)?(${MODULES.join('|')}|dns/promises|inspector|inspector/promises|vm|module)$`);
const GLOBALS = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'];

/** Of each module, what opens a socket or runs a program. The channel to the editor is open already. */
const CLOSED: Readonly<Record<string, readonly string[]>> = {
  net: ['connect', 'createConnection', 'createServer', 'Server'],
  dgram: ['createSocket', 'Socket'],
  tls: ['connect', 'createServer', 'TLSSocket', 'Server'],
  http: ['request', 'get', 'createServer', 'ClientRequest', 'Server'],
  https: ['request', 'get', 'createServer', 'Server'],
  http2: ['connect', 'createServer', 'createSecureServer'],
  dns: ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveTxt', 'reverse', 'Resolver', 'promises'],
  child_process: ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'],
  worker_threads: ['Worker'],
  cluster: ['fork'],
};

function closeAll(owner: object, names: readonly string[], open: string[], where: string): void {
  if (where === 'net') closePrototype(owner);
  for (const name of names) {
    if (!(name in owner)) continue;
    try {
      Object.defineProperty(owner, name, { value: refuse, configurable: false, writable: false });
    } catch {
      open.push(`${where}.${name}`);
    }
  }
}

/** Sockets that are made by other means still have nowhere to go. */
function closePrototype(net: object): void {
  const Socket: unknown = Reflect.get(net, 'Socket');
  if (typeof Socket !== 'function') return;
  const prototype: unknown = Socket.prototype;
  if (typeof prototype !== 'object' || prototype === null) return;
  Object.defineProperty(prototype, 'connect', { value: refuse, configurable: false, writable: false });
}
