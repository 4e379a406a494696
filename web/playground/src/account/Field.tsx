import { useId } from 'react';

interface Kind {
  label: string;
  type: string;
  complete: string;
}

const kinds: Record<string, Kind> = {
  email: { label: 'E-mail', type: 'email', complete: 'username' },
  password: { label: 'Password', type: 'password', complete: 'current-password' },
  username: { label: 'Username', type: 'text', complete: 'nickname' },
  firstName: { label: 'First name', type: 'text', complete: 'given-name' },
  lastName: { label: 'Last name', type: 'text', complete: 'family-name' },
};

/** One labelled input of the sign-in form. */
export function Field({ name, isNew, refused }: { name: string; isNew: boolean; refused: boolean }) {
  const id = useId();
  const kind = kinds[name] ?? { label: name, type: 'text', complete: 'off' };
  return (
    <div className="heddle-field">
      <label htmlFor={id}>{kind.label}</label>
      <input
        id={id}
        name={name}
        type={kind.type}
        autoComplete={isNew && name === 'password' ? 'new-password' : kind.complete}
        aria-invalid={refused || undefined}
        spellCheck={false}
        required
      />
    </div>
  );
}
