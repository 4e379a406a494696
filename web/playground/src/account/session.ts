import { Refused, type Ask } from './ask';
import type { AccountMutation, Accounts } from './accounts';
import { placeholder } from './headers';
import { renewIn, retryIn } from './renewal';

/** What the page shows of the session. */
export type SessionState =
  | { readonly status: 'out'; readonly notice?: string }
  | { readonly status: 'in'; readonly person: string; readonly token: string; readonly expiresAt?: string };

/** What a session needs of the world around it. */
export interface World {
  readonly ask: Ask;
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  readonly now: () => number;
  readonly after: (milliseconds: number, then: () => void) => () => void;
  readonly claim: (session: string) => Promise<boolean>;
  readonly newId: () => string;
}

interface Grant {
  accessToken: string;
  refreshToken?: string;
  expiresAt?: string;
  user?: { id?: string; username?: string };
}

interface Held extends Grant {
  id: string;
  person: string;
}

const key = 'heddle:session';

/**
 * Who is signed in, for as long as the tab lives: keeps the tokens, renews them before they end, and tells
 * whoever listens. Nothing of it outlives the tab.
 */
export class Session {
  readonly #world: World;
  readonly #listeners = new Set<() => void>();
  readonly #issued = new Set([placeholder]);
  #accounts?: Accounts;
  #held?: Held;
  #state: SessionState = { status: 'out' };
  #renewing?: Promise<void>;
  #cancel = () => {};

  constructor(world: World) {
    this.#world = world;
  }

  /** The state as it is now; the same object until something changes. */
  readonly state = (): SessionState => this.#state;

  /** Calls back on every change until the function it returns is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether this session gave the token out, now or earlier. */
  readonly issued = (token: string | undefined): boolean => token !== undefined && this.#issued.has(token);

  /** Learns how the graph signs people in, and takes up what this tab held before it was reloaded. */
  async open(accounts: Accounts): Promise<void> {
    const first = !this.#accounts;
    this.#accounts = accounts;
    const held = first ? this.#stored() : undefined;
    if (!held) return;
    if (!(await this.#world.claim(held.id))) return this.#world.storage.removeItem(key);
    this.#hold(held);
    if (this.#ended()) await this.#renew();
  }

  /** Signs in or up with what the form holds. Throws Refused with the graph's own message. */
  async enter(mutation: AccountMutation, values: Record<string, string>): Promise<void> {
    const input = Object.fromEntries(mutation.inputs.flatMap((name) => (values[name] ? [[name, values[name]]] : [])));
    const data = await this.#world.ask(mutation.document, { input });
    const grant = data[mutation.name] as Grant;
    const id = this.#world.newId();
    await this.#world.claim(id);
    this.#hold({ ...grant, id, person: grant.user?.username ?? values.email ?? 'you' });
  }

  /** Signs out, here at once and on the server if it can be reached. */
  async leave(): Promise<void> {
    const { accessToken } = this.#held ?? {};
    const signOut = this.#accounts?.signOut;
    this.#drop();
    if (!signOut || !accessToken) return;
    const input = signOut.inputs.includes('everywhere') ? { everywhere: false } : {};
    await this.#world.ask(signOut.document, { input }, accessToken).catch(() => undefined);
  }

  /** The newest token in place of one that this session issued; any other token as it is. */
  async newest(token: string): Promise<string> {
    if (!this.issued(token)) return token;
    if (this.#held && this.#ended()) await this.#renew();
    return this.#held?.accessToken ?? token;
  }

  #hold(held: Held): void {
    this.#held = held;
    this.#issued.add(held.accessToken);
    this.#world.storage.setItem(key, JSON.stringify(held));
    this.#show({ status: 'in', person: held.person, token: held.accessToken, expiresAt: held.expiresAt });
    this.#schedule();
  }

  #drop(notice?: string): void {
    this.#cancel();
    this.#held = undefined;
    this.#world.storage.removeItem(key);
    this.#show({ status: 'out', notice });
  }

  #schedule(): void {
    this.#cancel();
    if (!this.#held?.expiresAt) return;
    this.#cancel = this.#world.after(renewIn(this.#held.expiresAt, this.#world.now()), () => void this.#renew());
  }

  #ended(): boolean {
    const end = this.#held?.expiresAt;
    return end !== undefined && Date.parse(end) <= this.#world.now();
  }

  #renew(attempt = 0): Promise<void> {
    this.#renewing ??= this.#exchange(attempt).finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #exchange(attempt: number): Promise<void> {
    const held = this.#held;
    const mutation = this.#accounts?.refreshToken;
    if (!held) return;
    if (!mutation || !held.refreshToken) return this.#drop('Your token has ended. Please sign in again.');
    try {
      const data = await this.#world.ask(mutation.document, { input: { refreshToken: held.refreshToken } });
      if (this.#held === held) this.#hold({ ...held, ...(data[mutation.name] as Grant) });
    } catch (error) {
      if (this.#held !== held) return;
      if (error instanceof Refused && !error.passing) return this.#drop(`You are signed out: ${error.message}`);
      this.#cancel = this.#world.after(retryIn(attempt), () => void this.#renew(attempt + 1));
    }
  }

  #stored(): Held | undefined {
    try {
      const held = JSON.parse(this.#world.storage.getItem(key) ?? 'null') as Held | null;
      return held?.accessToken && held.id ? held : undefined;
    } catch {
      return undefined;
    }
  }

  #show(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
