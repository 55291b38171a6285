/**
 * The editor's own `fetch`, which honours the user's proxy and certificates. Looked up at each call, because VS Code puts
 * its version in place of Node's. Only for the cloud: a dispatcher of one's own would not keep it from a proxy.
 */
export const cloudFetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);
