import type { Client, ExecutionResult, Sink } from 'graphql-ws';
import { fromBase64, toBase64 } from 'lib0/buffer';
import * as Y from 'yjs';
import type { GraphError } from '../failure.js';

type Variables = Record<string, unknown> & { input?: Record<string, unknown> };
type Payload = { query: string; variables?: Variables | null };
type Result = ExecutionResult<Record<string, unknown>>;

/** A room in memory, and clients that reach it as they would over graphql-ws. */
export class Room {
  readonly doc = new Y.Doc();
  /** The updates that came, one for each mutation. */
  readonly updates: Uint8Array[] = [];
  /** Errors that the next mutation is answered with. */
  refusal: GraphError[] | undefined;
  /** Lets mutations wait for their answer until it is resolved. */
  gate: Promise<void> = Promise.resolve();
  #number = 0;
  readonly #listeners = new Set<{ field: string; clientId: unknown; sink: Sink<Result>; client: object }>();

  /** A client whose connection the test can cut; `down` makes connecting fail. */
  client(): Client & { cut(code?: number): void; down: boolean } {
    const client = {
      down: false,
      subscribe: (payload: Payload, sink: Sink<Result>) => {
        if (client.down) queueMicrotask(() => sink.error({ code: 1006, reason: 'Nobody answers.' }));
        else queueMicrotask(() => void this.#serve(client, payload, sink));
        return () => this.#forget(sink);
      },
      cut: (code = 1006) => {
        for (const listener of [...this.#listeners]) {
          if (listener.client !== client) continue;
          this.#listeners.delete(listener);
          listener.sink.error({ code, reason: 'Cut.' });
        }
      },
      on: () => () => {},
      iterate: () => {
        throw new Error('not used');
      },
      dispose: () => {},
      terminate: () => {},
    };
    return client as unknown as ReturnType<Room['client']>;
  }

  /** Tells a client something, as an event of a subscription would. */
  tell(field: string, result: Result, except?: unknown): void {
    for (const listener of [...this.#listeners])
      if (listener.field === field && listener.clientId !== except) listener.sink.next(result);
  }

  #forget(sink: Sink<Result>): void {
    for (const listener of this.#listeners) if (listener.sink === sink) this.#listeners.delete(listener);
  }

  async #serve(client: { down: boolean }, { query, variables }: Payload, sink: Sink<Result>): Promise<void> {
    const { input = {}, clientId, stateVector } = variables ?? {};
    const [field] = /(codeUpdated|cursorMoved|applyCodeUpdate|moveCursor|codeDocument|user)\(/.exec(query) ?? [];
    if (field === 'codeUpdated(' || field === 'cursorMoved(') {
      this.#listeners.add({ field: field.slice(0, -1), clientId, sink, client });
      if (field === 'cursorMoved(') return;
      const missing = Y.encodeStateAsUpdate(this.doc, fromBase64(stateVector as string));
      sink.next({ data: { codeUpdated: { update: toBase64(missing), catchUp: true } } });
      return;
    }
    const waiting = { field: 'waiting', clientId: undefined, sink, client };
    this.#listeners.add(waiting);
    await this.gate;
    if (!this.#listeners.delete(waiting)) return; // cut meanwhile
    sink.next(this.#answer(field ?? '', input));
    sink.complete();
  }

  #answer(field: string, input: Record<string, unknown>): Result {
    if (field === 'codeDocument(') return { data: { codeDocument: { stateVector: toBase64(Y.encodeStateVector(this.doc)) } } };
    if (field === 'user(') return { data: { user: { username: 'ada' } } };
    if (field === 'moveCursor(') {
      this.tell('cursorMoved', { data: { cursorMoved: { clientId: input.clientId, state: input.state, user: { id: 'u1' } } } }, input.clientId);
      return { data: { moveCursor: { room: { id: 'r' } } } };
    }
    const refusal = this.refusal;
    this.refusal = undefined;
    if (refusal) return { errors: refusal as unknown as Result['errors'] };
    const update = fromBase64(input.update as string);
    this.updates.push(update);
    Y.applyUpdate(this.doc, update);
    this.tell('codeUpdated', { data: { codeUpdated: { update: input.update, catchUp: false } } }, input.clientId);
    return { data: { applyCodeUpdate: { number: ++this.#number } } };
  }
}
