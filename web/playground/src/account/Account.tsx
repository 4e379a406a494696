import { useRef } from 'react';
import { Entrance } from './Entrance';
import { Panel } from './Panel';
import type { Session } from './session';
import { SignedIn } from './SignedIn';
import { useAuthorization } from './useAuthorization';
import { useAccounts, useSessionState } from './useSession';

/** The button at the top right that signs in, or says who is. Nothing at all over a graph without accounts. */
export function Account({ session }: { session: Session }) {
  const accounts = useAccounts(session);
  const state = useSessionState(session);
  const giveToken = useAuthorization(session);
  const panel = useRef<HTMLDialogElement>(null);
  if (!accounts) return null;

  const signedIn = state.status === 'in';
  const close = () => panel.current?.close();
  return (
    <>
      <button type="button" className="heddle-account" aria-haspopup="dialog" onClick={() => panel.current?.showModal()}>
        {signedIn && (
          <span className="heddle-initial" aria-hidden="true">
            {initial(state.person)}
          </span>
        )}
        {signedIn ? (
          <span>
            <span className="heddle-unseen">Signed in as </span>
            {state.person}
          </span>
        ) : (
          'Sign in'
        )}
      </button>
      <Panel ref={panel} title={signedIn ? 'Your session' : 'Sign in to this graph'}>
        {signedIn ? (
          <SignedIn state={state} giveToken={giveToken} leave={() => session.leave()} close={close} />
        ) : (
          <Entrance accounts={accounts} notice={state.notice} enter={(mutation, values) => session.enter(mutation, values)} close={close} />
        )}
      </Panel>
    </>
  );
}

function initial(person: string): string {
  return [...person][0]?.toUpperCase() ?? '';
}
