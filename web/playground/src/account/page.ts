import { endpoint } from '../endpoint';
import { send } from '../http';
import { askOver } from './ask';
import { claim } from './claim';
import { Session } from './session';

/** The session of this page, in the real world. */
export const session = new Session({
  ask: askOver(endpoint, send),
  storage: sessionStorage,
  now: Date.now,
  after(milliseconds, then) {
    const timer = setTimeout(then, Math.min(milliseconds, 2 ** 31 - 1)); // longer ones would fire at once
    return () => clearTimeout(timer);
  },
  claim,
  newId: () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join('-'),
});
