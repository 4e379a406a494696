import { fromBase64, toBase64 } from 'lib0/buffer';
import { ObservableV2 } from 'lib0/observable';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { defaultBackOff, Later, type BackOff } from './backoff.js';
import { Cursors } from './cursors.js';
import { failureOf, Lost, Refused, remedyOf } from './failure.js';
import { Link, newClient, partingWords, type Own, type Token } from './link.js';
import * as graph from './operations.js';
import type { Events, Options, Status } from './options.js';
import { Outbox } from './outbox.js';
import { renewIn } from './renewal.js';

/** Keeps a Yjs document, and the cursors in it, the same as everybody else's in a room. */
export class HeddleProvider extends ObservableV2<Events> {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  readonly roomId: string;
  readonly #link: Link;
  readonly #backOff: BackOff;
  readonly #token: Token | undefined;
  readonly #cursors: Cursors;
  readonly #outbox = new Outbox();
  readonly #reconnect = new Later();
  readonly #resend = new Later();
  readonly #renewal = new Later();
  readonly #own: Own | undefined;
  readonly #ownAwareness: boolean;
  readonly #url: string;
  readonly #clientId: string;
  #seeded: boolean; // the outbox begins with all that the document held at first
  #wanted = false;
  #status: Status = 'disconnected';
  #synced = false;
  #attempt = 0;
  #leave: (() => void) | undefined; // ends the subscriptions of this connection
  #refusedToken: { token: string | undefined } | undefined;
  #lastToken: string | undefined;
  #said: Promise<unknown> = Promise.resolve(); // the last that was shown of this client

  constructor(options: Options) {
    super();
    this.doc = options.doc;
    this.roomId = options.roomId;
    this.#ownAwareness = !options.awareness;
    this.awareness = options.awareness ?? new Awareness(options.doc);
    this.#clientId = String(this.awareness.clientID);
    this.#token = options.token;
    this.#url = options.url;
    this.#backOff = options.backOff ?? defaultBackOff;
    this.#own = options.client ? undefined : newClient(options.url, () => this.#introduction(), options.webSocketImpl);
    this.#link = new Link(options.client ?? this.#own!.client);
    this.#cursors = new Cursors(this.awareness, { show: (state) => this.#show(state), nameOf: (id) => this.#nameOf(id) });
    this.#seeded = this.doc.store.clients.size > 0;
    if (this.#seeded) this.#outbox.add(Y.encodeStateAsUpdate(this.doc));
    this.doc.on('update', this.#edited);
    this.doc.once('destroy', this.#docDestroyed);
    if (typeof addEventListener === 'function') {
      addEventListener('online', this.#online);
      addEventListener('pagehide', this.#pageHidden);
    }
    if (options.connect !== false) this.connect();
  }

  get status(): Status {
    return this.#status;
  }

  /** Whether the document holds what the server had when it was connected, and follows it. */
  get synced(): boolean {
    return this.#synced;
  }

  /** How many edits the server has not acknowledged. */
  get pending(): number {
    return this.#outbox.size;
  }

  /** Resolves when the document holds what the server has. */
  whenSynced(): Promise<void> {
    return this.#until(() => this.#synced, 'synced');
  }

  /** Resolves when the server has acknowledged every edit: none can be lost any more. */
  whenSaved(): Promise<void> {
    return this.#until(() => this.pending === 0, 'edits');
  }

  /** Follows the room, and goes on trying when the connection is lost. */
  connect(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#attempt = 0;
    this.#refusedToken = undefined;
    this.#open();
  }

  /** Stops following the room. Edits are kept and sent when it is connected again. */
  disconnect(): void {
    this.#wanted = false;
    this.#goodbye();
    this.#close('disconnected');
  }

  /** Ends everything. The document stays as it is; edits that are pending are lost with the provider. */
  override destroy(): void {
    this.disconnect();
    void this.#said.finally(() => this.#own?.client.dispose());
    if (this.#ownAwareness) this.awareness.destroy();
    this.doc.off('update', this.#edited);
    this.doc.off('destroy', this.#docDestroyed);
    if (typeof removeEventListener === 'function') {
      removeEventListener('online', this.#online);
      removeEventListener('pagehide', this.#pageHidden);
    }
    this.#cursors.destroy();
    super.destroy();
  }

  /** Subscribes to what is written and to the cursors; when one ends, both do. */
  #open(): void {
    this.#reconnect.cancel();
    this.#become('connecting');
    const ended = (failure?: Refused | Lost) => this.#lost(failure ?? new Lost('The server has ended the subscription.'));
    const leaves = [
      this.#link.subscribe<graph.CodeUpdated>(
        graph.codeUpdated,
        { roomId: this.roomId, stateVector: toBase64(Y.encodeStateVector(this.doc)), clientId: this.#clientId },
        { heard: ({ codeUpdated }) => this.#heard(codeUpdated), missed: () => this.#missed(), ended },
      ),
      this.#link.subscribe<graph.CursorMoved>(
        graph.cursorMoved,
        { roomId: this.roomId, clientId: this.#clientId },
        { heard: ({ cursorMoved }) => void this.#cursors.receive(cursorMoved), ended },
      ),
    ];
    this.#leave = () => leaves.forEach((leave) => leave());
  }

  #heard({ update, catchUp }: graph.CodeUpdated['codeUpdated']): void {
    Y.applyUpdate(this.doc, fromBase64(update), this);
    if (catchUp && !this.#synced) {
      this.#attempt = 0;
      this.#refusedToken = undefined;
      this.#become('connected');
      this.#sync(true);
      this.#cursors.open();
      void this.#flush();
    } else if (this.doc.store.pendingStructs) this.#missed();
  }

  /** Asks again, with the state vector of what is here. */
  #missed(): void {
    this.#lost(new Lost('Some updates were missed.'));
  }

  /** The connection of now is over: what comes next depends on why. */
  #lost(failure: Refused | Lost): void {
    if (!this.#wanted) return;
    const remedy = remedyOf(failure);
    if (remedy === 'token' && !this.#refusedToken) this.#refusedToken = { token: this.#lastToken };
    else if (remedy !== 'again') return this.#refuse(failure);
    this.#close('disconnected');
    this.#reconnect.set(this.#backOff(this.#attempt++), () => this.#open());
  }

  #refuse(reason: Error): void {
    this.#wanted = false;
    this.#close('refused');
    this.emit('refused', [reason]);
  }

  #close(status: Status): void {
    this.#reconnect.cancel();
    this.#resend.cancel();
    this.#renewal.cancel();
    this.#leave?.();
    this.#leave = undefined;
    this.#cursors.close();
    this.#sync(false);
    this.#become(status);
  }

  /** Sends the edits, as many at once as have gathered, until all are acknowledged. */
  async #flush(): Promise<void> {
    while (this.#synced) {
      const edits = this.#outbox.take();
      if (!edits) return;
      try {
        const update = this.#seeded ? await this.#withoutKnown(edits) : edits;
        await this.#link.run<graph.ApplyCodeUpdate>(graph.applyCodeUpdate, {
          input: { roomId: this.roomId, update: toBase64(update), clientId: this.#clientId },
        });
        this.#seeded = false;
        this.#outbox.acknowledge();
        this.emit('edits', [{ pending: this.pending }]);
      } catch (cause) {
        this.#outbox.putBack();
        return this.#unsent(failureOf(cause));
      }
    }
  }

  /** The edits were not taken: tries again while the connection lasts; after it, the next one does. */
  #unsent(failure: Refused | Lost): void {
    if (!this.#wanted) return;
    if (remedyOf(failure) !== 'again') return this.#lost(failure);
    if (this.#synced) this.#resend.set(this.#backOff(this.#attempt++), () => void this.#flush());
  }

  /** Leaves out what the server has already. */
  async #withoutKnown(update: Uint8Array): Promise<Uint8Array> {
    const { codeDocument } = await this.#link.run<graph.StateVector>(graph.stateVector, { roomId: this.roomId });
    return Y.diffUpdate(update, fromBase64(codeDocument.stateVector));
  }

  /** What a connection begins with. A token that was turned away is not used twice. */
  async #introduction(): Promise<Record<string, unknown>> {
    const refused = this.#refusedToken;
    const token = await this.#token?.(refused?.token);
    if (refused && token === refused.token) throw new Refused([{ message: 'The access token is not accepted.', extensions: { code: 'FORBIDDEN' } }]);
    this.#hold(token);
    return token ? { Authorization: `Bearer ${token}` } : {};
  }

  /** Notes the token of the connection, to replace it before it ends. */
  #hold(token: string | undefined): void {
    this.#lastToken = token;
    const wait = token && renewIn(token, Date.now());
    if (typeof wait === 'number') this.#renewal.set(wait, () => void this.#renew());
  }

  /** Puts a new token into the connection. Where there is none, the server ends the connection in time. */
  async #renew(): Promise<void> {
    const token = await Promise.resolve(this.#token?.()).catch(() => undefined);
    if (!token || token === this.#lastToken || !this.#leave) return;
    this.#own?.renew(token);
    this.#hold(token);
  }

  #show(state: Record<string, unknown> | null): void {
    this.#said = this.#link.run(graph.moveCursor, { input: this.#at(state) }).catch(() => {}); // the next sign of life shows it again
  }

  #at(state: Record<string, unknown> | null) {
    return { roomId: this.roomId, clientId: this.#clientId, state };
  }

  async #nameOf(id: string): Promise<string | undefined> {
    const { user } = await this.#link.run<graph.Person>(graph.person, { id });
    return user?.username;
  }

  readonly #edited = (update: Uint8Array, origin: unknown): void => {
    if (origin === this) return;
    this.#outbox.add(update);
    this.emit('edits', [{ pending: this.pending }]);
    if (!this.#resend.waits) void this.#flush();
  };

  readonly #online = (): void => {
    if (this.#reconnect.waits) this.#open();
  };

  #goodbye(): void {
    if (this.#synced) this.#show(null);
  }

  /** A page that is closed has no time for its WebSocket. */
  readonly #pageHidden = (): void => {
    if (this.#synced && this.#own) partingWords(this.#url, this.#lastToken, graph.moveCursor, { input: this.#at(null) });
  };

  readonly #docDestroyed = (): void => this.destroy();

  #become(status: Status): void {
    if (this.#status === status) return;
    this.#status = status;
    this.emit('status', [status]);
  }

  #sync(synced: boolean): void {
    if (this.#synced === synced) return;
    this.#synced = synced;
    this.emit('synced', [synced]);
  }

  #until(holds: () => boolean, event: 'synced' | 'edits'): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.off(event, look);
        resolve();
      };
      this.on(event, look);
      look();
    });
  }
}
