import { describe, expect, test } from 'vitest';
import type { AccountMutation, Accounts } from './accounts';
import { Refused } from './ask';
import { Session, type World } from './session';

const mutation = (name: string, ...inputs: string[]): AccountMutation => ({ name, inputs, document: name });
const accounts: Accounts = {
  signIn: mutation('signIn', 'email', 'password'),
  refreshToken: mutation('refreshToken', 'refreshToken'),
  signOut: mutation('signOut', 'everywhere'),
};
const ada = { email: 'ada@heddle.example', password: 'secret', more: 'is not sent' };

/** A world whose clock stands still until told, and whose graph answers what the test says. */
function world() {
  const kept = new Map<string, string>();
  const state = {
    now: 0,
    grants: 0,
    asked: [] as [string, object, string | undefined][],
    timers: [] as { at: number; then: () => void }[],
    refuse: undefined as Error | undefined,
    claimed: true,
    kept,
  };
  const outside: World = {
    ask: async (document, variables, token) => {
      state.asked.push([document, variables, token]);
      if (state.refuse) throw state.refuse;
      state.grants += 1;
      const expiresAt = new Date(state.now + 900_000).toISOString();
      return {
        [document]: {
          accessToken: `access.${state.grants}.x`,
          refreshToken: `refresh${state.grants}`,
          expiresAt,
          user: { id: '1', username: 'ada' },
        },
      };
    },
    storage: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
      removeItem: (key) => kept.delete(key),
    },
    now: () => state.now,
    after: (milliseconds, then) => {
      const timer = { at: state.now + milliseconds, then };
      state.timers.push(timer);
      return () => void (state.timers = state.timers.filter((other) => other !== timer));
    },
    claim: async () => state.claimed,
    newId: () => 'tab',
  };
  const ring = async () => {
    const [timer] = state.timers.splice(0, 1);
    state.now = timer!.at;
    timer!.then();
    await new Promise((resolve) => setImmediate(resolve)); // every promise the timer set off has settled
  };
  return { state, outside, ring };
}

async function signedIn() {
  const parts = world();
  const session = new Session(parts.outside);
  await session.open(accounts);
  await session.enter(accounts.signIn, ada);
  return { ...parts, session };
}

describe('Session', () => {
  test('signs in with what the mutation takes, and keeps it for the tab', async () => {
    const { session, state } = await signedIn();
    expect(state.asked).toEqual([['signIn', { input: { email: 'ada@heddle.example', password: 'secret' } }, undefined]]);
    expect(session.state()).toEqual({ status: 'in', person: 'ada', token: 'access.1.x', expiresAt: '1970-01-01T00:15:00.000Z' });
    expect(JSON.parse(state.kept.get('heddle:session')!)).toMatchObject({ refreshToken: 'refresh1', id: 'tab' });
  });

  test('passes on why the graph refused', async () => {
    const { outside, state } = world();
    state.refuse = new Refused('E-mail address or password is wrong.', 'UNAUTHENTICATED');
    const session = new Session(outside);
    await expect(session.enter(accounts.signIn, ada)).rejects.toThrow('E-mail address or password is wrong.');
    expect(session.state()).toEqual({ status: 'out' });
  });

  test('renews a minute before the token ends, with the newest refresh token', async () => {
    const { session, state, ring } = await signedIn();
    await ring();
    expect(state.now).toBe(840_000);
    expect(state.asked.at(-1)).toEqual(['refreshToken', { input: { refreshToken: 'refresh1' } }, undefined]);
    expect(session.state()).toMatchObject({ status: 'in', token: 'access.2.x' });
    await ring();
    expect(state.asked.at(-1)).toEqual(['refreshToken', { input: { refreshToken: 'refresh2' } }, undefined]);
  });

  test('tries again later when the endpoint is away', async () => {
    const { session, state, ring } = await signedIn();
    state.refuse = new Error('The endpoint does not answer.');
    await ring();
    await ring();
    expect(state.now).toBe(841_000);
    expect(session.state()).toMatchObject({ status: 'in', token: 'access.1.x' });
    state.refuse = undefined;
    await ring();
    expect(state.now).toBe(843_000);
    expect(session.state()).toMatchObject({ status: 'in', token: 'access.2.x' });
  });

  test('ends when the refresh token is refused', async () => {
    const { session, state, ring } = await signedIn();
    state.refuse = new Refused('This session was revoked.', 'UNAUTHENTICATED');
    await ring();
    expect(session.state()).toEqual({ status: 'out', notice: 'You are signed out: This session was revoked.' });
    expect(state.kept.size).toBe(0);
    expect(state.timers).toEqual([]);
  });

  test('gives the newest token for any of its own, renewing first after a long sleep', async () => {
    const { session, state } = await signedIn();
    expect(await session.newest('access.1.x')).toBe('access.1.x');
    expect(await session.newest('somebody.elses.token')).toBe('somebody.elses.token');
    state.now = 2_000_000;
    const both = await Promise.all([session.newest('access.1.x'), session.newest('access.1.x')]);
    expect(both).toEqual(['access.2.x', 'access.2.x']);
    expect(state.asked.filter(([document]) => document === 'refreshToken')).toHaveLength(1);
  });

  test('signs out here and on the server', async () => {
    const { session, state } = await signedIn();
    state.refuse = new Error('The endpoint does not answer.');
    await session.leave();
    expect(state.asked.at(-1)).toEqual(['signOut', { input: { everywhere: false } }, 'access.1.x']);
    expect(session.state()).toEqual({ status: 'out', notice: undefined });
    expect(session.issued('access.1.x')).toBe(true);
    expect(state.kept.size).toBe(0);
  });
});

describe('Session after a reload', () => {
  const reloaded = async (change: (parts: ReturnType<typeof world>) => void) => {
    const parts = await signedIn();
    change(parts);
    const session = new Session(parts.outside);
    await session.open(accounts);
    return { ...parts, session };
  };

  test('goes on with the same token', async () => {
    const { session, state } = await reloaded(() => undefined);
    expect(session.state()).toMatchObject({ status: 'in', token: 'access.1.x' });
    expect(state.asked).toHaveLength(1);
  });

  test('renews a token that ended meanwhile', async () => {
    const { session } = await reloaded(({ state }) => (state.now = 900_000));
    expect(session.state()).toMatchObject({ status: 'in', token: 'access.2.x' });
  });

  test('leaves the session to the tab that it was copied from', async () => {
    const { session, state } = await reloaded(({ state }) => (state.claimed = false));
    expect(session.state()).toEqual({ status: 'out' });
    expect(state.kept.size).toBe(0);
  });

  test('overlooks what nobody can read', async () => {
    const { session } = await reloaded(({ state }) => state.kept.set('heddle:session', '{ half'));
    expect(session.state()).toEqual({ status: 'out' });
  });
});
