// Loaded with import(), so that undici is read with the first request. Static here: the bundler keeps the names of a
// CommonJS module only where it is imported statically.
export { fetch } from 'undici/lib/web/fetch/index.js';
export { default as Agent } from 'undici/lib/dispatcher/agent.js';
export { default as buildConnector } from 'undici/lib/core/connect.js';
