import { useGraphiQL } from '@graphiql/react';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { accountsOf, type Accounts } from './accounts';
import type { Session, SessionState } from './session';

/** How this graph signs people in, once its schema is known, with the session opened on it. */
export function useAccounts(session: Session): Accounts | undefined {
  const schema = useGraphiQL((state) => state.schema);
  const accounts = useMemo(() => (schema ? accountsOf(schema) : undefined), [schema]);
  useEffect(() => {
    if (accounts) void session.open(accounts);
  }, [accounts, session]);
  return accounts;
}

/** The session's state, and a new rendering whenever it changes. */
export function useSessionState(session: Session): SessionState {
  return useSyncExternalStore(session.subscribe, session.state);
}
