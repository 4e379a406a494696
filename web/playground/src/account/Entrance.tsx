import { useState } from 'react';
import type { AccountMutation, Accounts } from './accounts';
import { Refused } from './ask';
import { Field } from './Field';

interface Props {
  accounts: Accounts;
  notice?: string;
  enter: (mutation: AccountMutation, values: Record<string, string>) => Promise<void>;
  close: () => void;
}

/** The form that signs in, or up where the graph offers it. */
export function Entrance({ accounts, notice, enter, close }: Props) {
  const [isNew, setNew] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Error>();
  const mutation = (isNew && accounts.signUp) || accounts.signIn;
  const refusedField = problem instanceof Refused ? problem.field : undefined;

  const submit = async (form: FormData) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await enter(mutation, Object.fromEntries([...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))));
      close();
    } catch (error) {
      setProblem(error as Error);
    } finally {
      setBusy(false);
    }
  };

  const turn = () => {
    setNew(!isNew);
    setProblem(undefined);
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit(new FormData(event.currentTarget));
      }}
    >
      {notice && !problem && (
        <p className="heddle-notice" role="status">
          {notice}
        </p>
      )}
      {problem && (
        <p className="heddle-problem" role="alert">
          {problem.message}
        </p>
      )}
      {mutation.inputs.map((name) => (
        <Field key={name} name={name} isNew={isNew} refused={refusedField?.endsWith(name) ?? false} />
      ))}
      <button type="submit" className="heddle-primary" disabled={busy}>
        {isNew ? 'Sign up' : 'Sign in'}
      </button>
      {accounts.signUp && <Other isNew={isNew} turn={turn} />}
    </form>
  );
}

/** The way from signing in to signing up, and back. */
function Other({ isNew, turn }: { isNew: boolean; turn: () => void }) {
  return (
    <p className="heddle-other">
      {isNew ? 'You have an account?' : 'New here?'}{' '}
      <button type="button" className="heddle-link" onClick={turn}>
        {isNew ? 'Sign in' : 'Sign up'}
      </button>
    </p>
  );
}
