import { ask } from './graph.ts';

interface Grant {
  accessToken: string;
  refreshToken: string;
  expiresAt: string;
  user: { id: string; username: string };
}

const key = 'heddle:code-example';
const grant = 'accessToken refreshToken expiresAt user { id username }';
const signIn = `mutation SignIn($input: SignInInput!) { signIn(input: $input) { ${grant} } }`;
const refresh = `mutation Refresh($input: RefreshTokenInput!) { refreshToken(input: $input) { ${grant} } }`;

/** Renewed when it lasts no longer than this, in milliseconds. */
const margin = 30_000;

/** Who is signed in, for as long as the tab lives. */
export class Session {
  #grant: Grant;
  #renewing: Promise<string> | undefined;

  private constructor(held: Grant) {
    this.#grant = held;
    this.#keep(held);
  }

  /** The session that this tab had before it was loaded again. */
  static restore(): Session | undefined {
    const kept = sessionStorage.getItem(key);
    return kept ? new Session(JSON.parse(kept) as Grant) : undefined;
  }

  static async signIn(email: string, password: string): Promise<Session> {
    const data = await ask<{ signIn: Grant }>(signIn, { input: { email, password } });
    return new Session(data.signIn);
  }

  get user(): { readonly id: string; readonly username: string } {
    return this.#grant.user;
  }

  /** An access token that is still good; `refused` is one that was turned away. */
  readonly token = async (refused?: string): Promise<string> => {
    const { accessToken, expiresAt } = this.#grant;
    if (accessToken !== refused && Date.parse(expiresAt) - Date.now() > margin) return accessToken;
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  };

  /** Sends an operation as this person. */
  async ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    return ask<T>(query, variables, await this.token());
  }

  signOut(): void {
    sessionStorage.removeItem(key);
  }

  async #renew(): Promise<string> {
    const data = await ask<{ refreshToken: Grant }>(refresh, { input: { refreshToken: this.#grant.refreshToken } });
    this.#keep(data.refreshToken);
    return data.refreshToken.accessToken;
  }

  #keep(held: Grant): void {
    this.#grant = held;
    sessionStorage.setItem(key, JSON.stringify(held));
  }
}
