export { HeddleProvider } from './provider.js';
export type { Edits, Events, Options, Status } from './options.js';
export type { Token } from './link.js';
export { Refused } from './failure.js';
export { defaultBackOff, type BackOff } from './backoff.js';
