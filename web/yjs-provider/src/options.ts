import type { Client } from 'graphql-ws';
import type { Awareness } from 'y-protocols/awareness';
import type * as Y from 'yjs';
import type { BackOff } from './backoff.js';
import type { Token } from './link.js';

/** Whether the room is followed: `refused` is for good, until `connect` is called again. */
export type Status = 'disconnected' | 'connecting' | 'connected' | 'refused';

/** How far the document is saved. */
export interface Edits {
  /** Edits made here that the server has not acknowledged: they are kept, and sent when that is possible. */
  readonly pending: number;
}

export interface Options {
  /** Where the graph answers over WebSocket, such as `wss://heddle.example/graphql`. */
  readonly url: string;
  /** The room whose document this is. The person has to be in it. */
  readonly roomId: string;
  readonly doc: Y.Doc;
  /** The access token of who is signed in; asked for each connection, so that it may be renewed. */
  readonly token?: Token;
  /** What holds the cursors; without one the provider makes its own. */
  readonly awareness?: Awareness;
  /** Wait with the first connection until `connect` is called. */
  readonly connect?: boolean;
  /** The WebSocket to use where there is no global one. */
  readonly webSocketImpl?: unknown;
  /** A client of graphql-ws to share with others in place of an own connection: then `url` and `token` are its matter. */
  readonly client?: Client;
  readonly backOff?: BackOff;
}

export type Events = {
  /** The connection has come or gone. */
  status: (status: Status) => void;
  /** The document holds what the server had when it was connected, or no longer follows the server. */
  synced: (synced: boolean) => void;
  /** Edits have been made, or acknowledged. */
  edits: (edits: Edits) => void;
  /** The graph says no, and trying again would not help: the person is not in the room, or an edit is too large. */
  refused: (reason: Error) => void;
};
