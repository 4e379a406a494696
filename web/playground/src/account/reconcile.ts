import { bearerIn, hasAuthorization, withBearer, withoutBearer } from './headers';
import type { Session } from './session';

/**
 * The text that the headers editor should hold: the session's newest token in place of an older one of its own,
 * none of its own when nobody is signed in, and a token where there is no authorization if `give` says so.
 * Authorization that the person wrote is theirs and stays.
 */
export function reconcile(text: string, session: Pick<Session, 'state' | 'issued'>, give: boolean): string {
  const state = session.state();
  const ours = session.issued(bearerIn(text));
  if (state.status === 'out') return ours ? withoutBearer(text) : text;
  if (ours) return bearerIn(text) === state.token ? text : withBearer(text, state.token);
  return give && !hasAuthorization(text) ? withBearer(text, state.token) : text;
}
