// One subscription test for every way in which clients listen: each runs it whole, with a client from npm.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ApolloClient, CombinedGraphQLErrors, CombinedProtocolErrors, gql, HttpLink, InMemoryCache, ServerError } from '@apollo/client';
import { createClient as createEventsClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { SubscriptionClient } from 'subscriptions-transport-ws';
import WebSocket from 'ws';
import { codeOf, endpoint, Heard, operations, setScene, socketEndpoint } from './scene.mjs';

/**
 * How each client connects, as somebody or nobody: `listen` begins the subscription and gives a function that ends it,
 * `dispose` lets go of the client, `codeIn` finds the graph's code in what the client hands to an error callback.
 */
const transports = {
  'graphql-ws': (token) => {
    const client = createSocketClient({ url: socketEndpoint, webSocketImpl: WebSocket, connectionParams: asParams(token), retryAttempts: 0 });
    return { listen: (request, sink) => client.subscribe(request, sink), dispose: () => client.dispose(), codeIn: codeOf };
  },
  'subscriptions-transport-ws': (token) => {
    const client = new SubscriptionClient(socketEndpoint, { reconnect: false, lazy: true, connectionParams: asParams(token) }, WebSocket);
    return {
      listen: (request, sink) => {
        const { unsubscribe } = client.request(request).subscribe(sink);
        return unsubscribe;
      },
      dispose: () => client.close(),
      codeIn: (cause) => codeOf(Array.isArray(cause) ? cause : [cause]),
    };
  },
  'graphql-sse, a connection each': (token) => overEvents(token, {}),
  'graphql-sse, one connection': (token) => overEvents(token, { singleConnection: true }),
  'Apollo Client, in parts': (token) => {
    const client = new ApolloClient({ link: new HttpLink({ uri: endpoint, headers: asParams(token) }), cache: new InMemoryCache() });
    const subscriptions = []; // they outlive the client's stop, and with them their connections
    return {
      listen: ({ query, variables }, sink) => {
        const next = ({ data, error }) => sink.next({ data, errors: error?.errors });
        const subscription = client.subscribe({ query: gql(query), variables }).subscribe({ ...sink, next });
        subscriptions.push(subscription);
        return () => subscription.unsubscribe();
      },
      dispose: () => {
        for (const subscription of subscriptions) subscription.unsubscribe();
        client.stop();
      },
      codeIn: (cause) => {
        if (CombinedGraphQLErrors.is(cause) || CombinedProtocolErrors.is(cause)) return codeOf(cause.errors);
        return ServerError.is(cause) ? codeOf(JSON.parse(cause.bodyText).errors) : undefined;
      },
    };
  },
};

function overEvents(token, options) {
  const client = createEventsClient({ url: endpoint, headers: asParams(token), retryAttempts: 0, ...options });
  return {
    listen: (request, sink) => client.subscribe(request, sink),
    dispose: () => client.dispose(),
    codeIn: async (cause) => codeOf(cause.response ? (await cause.response.json()).errors : cause),
  };
}

function asParams(token) {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

for (const [name, open] of Object.entries(transports)) {
  test(name, { timeout: 120_000 }, async (t) => {
    const scene = await setScene();
    const { host, guest, stranger, room, say } = scene;
    const connect = (t, token) => {
      const client = open(token);
      const stops = [];
      t.after(() => {
        for (const stop of stops) stop(); // Apollo Client's own stop lets its streams run on
        return client.dispose();
      });
      const listen = (...request) => {
        const stop = client.listen(...request);
        stops.push(stop);
        return stop;
      };
      return { ...client, listen };
    };
    const request = { query: operations.listen, variables: { roomId: room.id } };

    await t.test('hears messages in order, with fields of other domains', async (t) => {
      const heard = new Heard();
      connect(t, host.token).listen(request, sinkOf(heard));
      await heard.begins(say);
      await heard.hearsAll(say, ['warp', 'weft', 'heddle', 'shuttle', 'reed']);
      const { author, room: where } = heard.messages.at(-1);
      assert.equal(author.username, guest.username);
      assert.equal(where.title, room.title);
    });

    await t.test('ends one of two without the other', async (t) => {
      const client = connect(t, host.token);
      const [first, second] = [new Heard(), new Heard()];
      const endFirst = client.listen(request, sinkOf(first));
      client.listen(request, sinkOf(second));
      await first.begins(say, 'one');
      await second.begins(say, 'two');
      endFirst();
      await second.hearsAll(say, ['still here', 'and here']);
      assert.equal(await first.hears('and here', 0), false, 'What is ended hears nothing more.');
    });

    await t.test('ends when its person leaves the room', async (t) => {
      const heard = new Heard();
      const client = connect(t, guest.token);
      const ended = new Promise((resolve) => client.listen(request, sinkOf(heard, resolve)));
      await heard.begins(scene.sayAsHost, 'hello');
      await scene.leaves(guest);
      await scene.sayAsHost('now that they are gone');
      await ended;
      assert.equal(await heard.hears('now that they are gone', 0), false, 'Who has left hears nothing more.');
      await scene.joins(guest);
    });

    for (const [who, token, code] of [
      ['nobody', undefined, 'UNAUTHENTICATED'],
      ['a stranger', stranger.token, 'FORBIDDEN'],
    ]) {
      await t.test(`lets ${who} hear nothing`, async (t) => {
        const client = connect(t, token);
        const heard = await new Promise((resolve) =>
          client.listen(request, { next: resolve, error: resolve, complete: () => resolve('nothing at all') }),
        );
        assert.equal(heard.data?.messageCreated ?? null, null);
        assert.equal(codeOf(heard.errors) ?? (await client.codeIn(heard)), code);
      });
    }
  });
}

/** Writes down what is heard; `ended` learns when that is over. */
function sinkOf(heard, ended = (why) => why === 'complete' || console.error('# The subscription failed:', why)) {
  return { next: (result) => heard.take(result), error: ended, complete: () => ended('complete') };
}
