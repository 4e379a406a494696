import type { SessionState } from './session';

interface Props {
  state: SessionState & { status: 'in' };
  giveToken: () => void;
  leave: () => Promise<void>;
  close: () => void;
}

/** Who is signed in, until when the token holds, and the way out. */
export function SignedIn({ state, giveToken, leave, close }: Props) {
  return (
    <>
      <p>
        Signed in as <strong>{state.person}</strong>.
      </p>
      <p className="heddle-fine">
        The token stands in the Headers of each tab{state.expiresAt && <>, holds until {time(state.expiresAt)} and is renewed before</>}. It
        is forgotten when this browser tab closes.
      </p>
      <div className="heddle-actions">
        <button
          type="button"
          className="heddle-secondary"
          onClick={() => {
            giveToken();
            close();
          }}
        >
          Put it into this tab
        </button>
        <button
          type="button"
          className="heddle-primary"
          onClick={() => {
            close();
            void leave();
          }}
        >
          Sign out
        </button>
      </div>
    </>
  );
}

function time(moment: string) {
  return <time dateTime={moment}>{new Date(moment).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}</time>;
}
