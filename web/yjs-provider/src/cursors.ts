import * as encoding from 'lib0/encoding';
import { applyAwarenessUpdate, removeAwarenessStates, type Awareness } from 'y-protocols/awareness';
import { Later } from './backoff.js';

/** Where somebody is. `state` is null when they have gone. */
export interface Move {
  readonly clientId: string;
  readonly state: Readonly<Record<string, unknown>> | null;
  readonly user: { readonly id: string };
}

/** What cursors need of the world. */
export interface Stage {
  /** Shows the others where this client is. */
  show(state: Record<string, unknown> | null): void;
  /** The name of a person; undefined when there is no such account. Asked once for each person. */
  nameOf(id: string): Promise<string | undefined>;
}

/** The shortest time between two moves that are shown, in milliseconds. */
const pace = 80;

/**
 * Keeps an Awareness and the room's cursors alike: what the editor sets here is shown to the others, what they show is
 * set here. Whatever a client says of itself, `state.user.id` and `state.user.name` are those of its account.
 */
export class Cursors {
  readonly #awareness: Awareness;
  readonly #stage: Stage;
  readonly #names = new Map<string, Promise<string | undefined>>();
  readonly #latest = new Map<number, Move>();
  readonly #later = new Later();
  #open = false;
  #shownAt = 0;

  constructor(awareness: Awareness, stage: Stage) {
    this.#awareness = awareness;
    this.#stage = stage;
    awareness.on('update', this.#changed);
  }

  /** Begins to show this client to the others. */
  open(): void {
    this.#open = true;
    this.#soon();
  }

  /** Stops, and forgets where the others are: nobody tells any more. */
  close(): void {
    this.#open = false;
    this.#later.cancel();
    this.#latest.clear();
    const others = [...this.#awareness.getStates().keys()].filter((id) => id !== this.#awareness.clientID);
    removeAwarenessStates(this.#awareness, others, this);
  }

  destroy(): void {
    this.close();
    this.#awareness.off('update', this.#changed);
  }

  /** Takes in where another client is. One that was not known is shown where this one is. */
  async receive(move: Move): Promise<void> {
    const id = Number(move.clientId);
    if (!this.#open || !Number.isSafeInteger(id) || id < 0 || id === this.#awareness.clientID) return;
    if (!this.#latest.has(id) && move.state) this.#soon(Math.random() * 4 * pace);
    this.#latest.set(id, move);
    const name = await this.#nameOf(move.user.id);
    if (this.#latest.get(id) !== move) return; // it has moved on, or all is over
    if (!move.state) {
      this.#latest.delete(id);
      removeAwarenessStates(this.#awareness, [id], this);
      return;
    }
    const said = typeof move.state.user === 'object' ? move.state.user : {};
    this.#apply(id, { ...move.state, user: { ...said, id: move.user.id, name: name ?? 'Somebody' } });
  }

  #nameOf(id: string): Promise<string | undefined> {
    let name = this.#names.get(id);
    if (!name) {
      name = this.#stage.nameOf(id).catch(() => {
        this.#names.delete(id); // asked again the next time
        return undefined;
      });
      this.#names.set(id, name);
    }
    return name;
  }

  #apply(id: number, state: Record<string, unknown>): void {
    const clock = (this.#awareness.meta.get(id)?.clock ?? 0) + 1;
    const update = encoding.encode((encoder) => {
      encoding.writeVarUint(encoder, 1);
      encoding.writeVarUint(encoder, id);
      encoding.writeVarUint(encoder, clock);
      encoding.writeVarString(encoder, JSON.stringify(state));
    });
    applyAwarenessUpdate(this.#awareness, update, this);
  }

  /** The editor has set something, or it is time for a sign of life, which Awareness gives every 15 s. */
  readonly #changed = (_: unknown, origin: unknown): void => {
    if (origin === 'local') this.#soon();
  };

  #soon(atLeast = 0): void {
    if (!this.#open || this.#later.waits) return;
    const wait = Math.max(atLeast, this.#shownAt + pace - Date.now(), 0);
    this.#later.set(wait, () => {
      this.#shownAt = Date.now();
      this.#stage.show(this.#awareness.getLocalState());
    });
  }
}
