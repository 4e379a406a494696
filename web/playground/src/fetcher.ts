import { createGraphiQLFetcher, type Fetcher, type FetcherParams, type FetcherReturnType } from '@graphiql/toolkit';
import { getOperationAST, OperationTypeNode, type DocumentNode } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { retryIn } from './account/renewal';
import { endpoint, socketEndpoint } from './endpoint';
import { send, Unanswered } from './http';

type Headers = Record<string, unknown>;

/** Puts the newest token into headers that carry an older one of the session's own. */
export type Freshen = (headers: Headers) => Promise<Headers>;

/** Sends queries and mutations by HTTP and holds subscriptions over WebSocket, both with the headers of the editor. */
export function createFetcher(freshen: Freshen): Fetcher {
  const http = createGraphiQLFetcher({ url: endpoint, fetch: send });
  return async (params, options) => {
    const headers: Headers = options?.headers ?? {};
    if (isSubscription(params, options?.documentAST)) return subscribe(params, () => freshen(headers));
    return http(params, { ...options, headers: await freshen(headers) });
  };
}

function isSubscription(params: FetcherParams, document?: DocumentNode): boolean {
  return document !== undefined && getOperationAST(document, params.operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
}

/** The close code by which a server turns a token away, at `connection_init` or when the token ends. */
const forbidden = 4403;

/**
 * One connection per subscription: its `connection_init` payload is what the headers editor held. When the token ends
 * meanwhile, the client connects again with the newest one; a token that was never accepted is not tried again.
 */
function subscribe(params: FetcherParams, headers: () => Promise<Headers>): FetcherReturnType {
  const observable = {
    subscribe(observer: Parameters<Client['subscribe']>[1]) {
      let accepted = false;
      const client = createClient({
        url: socketEndpoint,
        connectionParams: headers,
        on: { connecting: () => void (accepted = false), connected: () => void (accepted = true) },
        retryWait: (retries) => wait(retries === 0 ? 0 : retryIn(retries - 1)),
        shouldRetry: (event) => event instanceof CloseEvent && (event.code !== forbidden || accepted),
      });
      const unsubscribe = client.subscribe(params, {
        next: (result) => observer.next(result),
        error: (error) => observer.error(readable(error)),
        complete: () => observer.complete(),
      });
      return {
        unsubscribe() {
          unsubscribe();
          void client.dispose();
        },
      };
    },
  };
  return observable as FetcherReturnType; // GraphiQL subscribes with an observer only
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function readable(error: unknown): unknown {
  if (error instanceof CloseEvent) {
    if (error.reason) return new Unanswered(`The server closed the subscription: ${error.reason} (${error.code}).`);
    return new Unanswered(`The connection of the subscription was lost (${error.code}).`);
  }
  if (error instanceof Event) return new Unanswered('The endpoint does not answer over WebSocket. Is Heddle still running?');
  return error;
}
