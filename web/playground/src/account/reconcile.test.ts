import { describe, expect, test } from 'vitest';
import { placeholder, withBearer } from './headers';
import { reconcile } from './reconcile';
import type { SessionState } from './session';

const issued = (token: string | undefined) => [placeholder, 'old.old.old', 'new.new.new'].includes(token ?? '');
const signedIn: SessionState = { status: 'in', person: 'ada', token: 'new.new.new' };
const signedOut: SessionState = { status: 'out' };
const holding = (token: string) => withBearer('', token);

describe('reconcile', () => {
  test.each<[string, SessionState, boolean, string, string]>([
    ['gives the token to an empty tab', signedIn, true, '', holding('new.new.new')],
    ['gives it once: a person may take it out', signedIn, false, '', ''],
    ['renews its own older token', signedIn, false, holding('old.old.old'), holding('new.new.new')],
    ['fills in what the history left out', signedIn, false, holding(placeholder), holding('new.new.new')],
    ['leaves the newest as it is', signedIn, true, holding('new.new.new'), holding('new.new.new')],
    ['leaves what the person wrote', signedIn, true, holding('my.own.token'), holding('my.own.token')],
    ['leaves what is half written', signedIn, true, '{ "X', '{ "X'],
    ['takes its own out when signed out', signedOut, false, holding('new.new.new'), ''],
    ['leaves the person’s own when signed out', signedOut, false, holding('my.own.token'), holding('my.own.token')],
  ])('%s', (_situation, state, give, text, expected) => {
    expect(reconcile(text, { state: () => state, issued }, give)).toBe(expected);
  });
});
