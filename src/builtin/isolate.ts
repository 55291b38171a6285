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
  const modules = Object.entries(CLOSED).map(([name, names]): [string, unknown, typeof names] => [
    name,
    get(name),
    names,
  ]);
  const nodeModule = get('module');
  for (const [name, methods] of Object.entries(PROTOTYPES)) closePrototype(get(name), methods, open, name);
  for (const [name, found, names] of modules) {
    if (isOwner(found)) closeAll(found, names === 'all' ? functionsOf(found) : names, open, name);
  }
  // What is imported by name sees it, too.
  nodeModule.syncBuiltinESMExports();
  closeAll(globalThis, GLOBALS, open, 'global');
  const refuseModule = (name: string) => {
    if (FORBIDDEN.test(name)) throw new Error(NO);
    return get(name);
  };
  Object.defineProperty(process, 'getBuiltinModule', { value: refuseModule, configurable: false, writable: false });
  // The bindings below the modules, and the debugger that listens.
  closeAll(process, ['binding', '_linkedBinding', '_debugProcess'], open, 'process');
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

/**
 * Of each module, what opens a socket, asks for a name, listens for a debugger or runs a program: every function of it, or
 * those named. The channel to the editor is open already; it and the standard streams need `net.Socket` itself.
 */
const CLOSED: Readonly<Record<string, readonly string[] | 'all'>> = {
  net: ['connect', 'createConnection', 'createServer', 'Server', '_createServerHandle', 'BoundSocket'],
  dgram: 'all',
  tls: 'all',
  http: ['request', 'get', 'createServer', 'ClientRequest', 'Server', 'Agent', 'WebSocket', 'EventSource'],
  https: 'all',
  http2: 'all',
  dns: 'all',
  'dns/promises': 'all',
  child_process: 'all',
  worker_threads: ['Worker'],
  cluster: 'all',
  inspector: 'all',
  'inspector/promises': 'all',
};
const FORBIDDEN = new RegExp(`^(node:)?(${Object.keys(CLOSED).join('|')}|vm|module)$`);
const GLOBALS = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'];

/** Objects that are made by other means still have nowhere to go: by the name of `Module.Class`, its methods. */
const PROTOTYPES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  net: { Socket: ['connect'], Server: ['listen'] },
  dgram: { Socket: ['bind', 'connect', 'send'] },
  child_process: { ChildProcess: ['spawn'] },
};

function isOwner(found: unknown): found is object {
  return (typeof found === 'object' || typeof found === 'function') && found !== null;
}

/** Not what is computed when it is read: `dns.promises` is the module of that name, which is closed itself. */
function functionsOf(owner: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(owner))
    .filter(([, { value }]) => typeof value === 'function')
    .map(([name]) => name);
}

function closeAll(owner: object, names: readonly string[], open: string[], where: string): void {
  for (const name of names) {
    if (!(name in owner)) continue;
    try {
      Object.defineProperty(owner, name, { value: refuse, configurable: false, writable: false });
    } catch {
      open.push(`${where}.${name}`);
    }
  }
}

function closePrototype(
  found: unknown,
  classes: Readonly<Record<string, readonly string[]>>,
  open: string[],
  where: string,
): void {
  for (const [name, methods] of Object.entries(classes)) {
    const made: unknown = isOwner(found) ? Reflect.get(found, name) : undefined;
    const prototype: unknown = isOwner(made) ? Reflect.get(made, 'prototype') : undefined;
    if (isOwner(prototype)) closeAll(prototype, methods, open, `${where}.${name}`);
    else open.push(`${where}.${name}`);
  }
}
