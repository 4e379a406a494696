import { createClient, type Client, type ClientOptions } from 'graphql-ws';
import { failureOf, Refused, type GraphError, type Lost } from './failure.js';

/** Hands out the token of who is signed in; `refused` is the one that the server turned away just before. */
export type Token = (refused?: string) => string | undefined | Promise<string | undefined>;

/** What a running subscription calls back. `ended` is called once; without a failure the server has completed it. */
export interface Listener<T> {
  heard(data: T): void;
  /** The server could not deliver everything. */
  missed?(): void;
  ended(failure?: Refused | Lost): void;
}

/** How long a sign of life may take before the connection counts as dead, in milliseconds. */
const patience = 10_000;

/** The graph as the provider uses it, over one client of graphql-ws. */
export class Link {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Subscribes until the function it returns is called. */
  subscribe<T>(query: string, variables: Record<string, unknown>, listener: Listener<T>): () => void {
    let over = false;
    const end = (failure?: Refused | Lost) => {
      if (over) return;
      over = true;
      listener.ended(failure);
    };
    const dispose = this.#client.subscribe<T, Record<string, unknown>>(
      { query, variables, extensions: listener.missed ? { live: {} } : undefined }, // a gap is told at once
      {
        next: ({ data, errors, extensions }) => {
          const gap = (extensions?.live as { gap?: unknown } | undefined)?.gap;
          if (over) return;
          if (gap) listener.missed?.();
          else if (errors || !data) end(new Refused((errors as GraphError[] | undefined) ?? []));
          else listener.heard(data);
        },
        error: (cause) => end(failureOf(cause)),
        complete: () => end(),
      },
    );
    return () => {
      over = true;
      dispose();
    };
  }

  /** Runs a query or mutation; fails with what failureOf gives. */
  run<T>(query: string, variables: Record<string, unknown>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.subscribe<T>(query, variables, {
        heard: resolve,
        ended: (failure) => reject(failure ?? failureOf(undefined)), // after an answer this changes nothing
      });
    });
  }
}

/** A client of one's own, and a way to say something that graphql-ws has no method for. */
export interface Own {
  readonly client: Client;
  /** Puts another token in the place of the one that the open connection began with. */
  renew(token: string): void;
}

/** A client that connects when it is needed, once: connecting again is the provider's part, which knows with what. */
export function newClient(url: string, params: () => Promise<Record<string, unknown>>, webSocketImpl: unknown): Own {
  let socket: { close(code: number, reason: string): void; send(message: string): void } | undefined;
  let silent: ReturnType<typeof setTimeout> | undefined;
  const options: ClientOptions = {
    url,
    connectionParams: params,
    retryAttempts: 0,
    keepAlive: 12_000,
    connectionAckWaitTimeout: patience,
    onNonLazyError: () => {},
    on: {
      connected: (opened) => (socket = opened as typeof socket),
      ping: (received) => {
        if (!received) silent = setTimeout(() => socket?.close(4408, 'The server gives no sign of life.'), patience);
      },
      pong: (received) => received && clearTimeout(silent),
      closed: () => {
        clearTimeout(silent);
        socket = undefined;
      },
    },
  };
  return {
    client: createClient(webSocketImpl ? { ...options, webSocketImpl } : options),
    renew: (token) => socket?.send(JSON.stringify({ type: 'ping', payload: { Authorization: `Bearer ${token}` } })),
  };
}

/** Sends an operation that outlives the page, over HTTP at the same place; nobody waits for the answer. */
export function partingWords(url: string, token: string | undefined, query: string, variables: Record<string, unknown>): void {
  fetch(url.replace(/^ws/, 'http'), {
    method: 'POST',
    keepalive: true,
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  }).catch(() => {}); // whoever is silent for 30 s is taken for gone
}
