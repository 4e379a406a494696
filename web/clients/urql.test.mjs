// urql against /graphql: its document cache over fetch, and subscriptions through graphql-ws.
import assert from 'node:assert/strict';
import test from 'node:test';
import { cacheExchange, Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { pipe, subscribe } from 'wonka';
import WebSocket from 'ws';
import { codeOf, endpoint, forged, Heard, operations, setScene, socketEndpoint } from './scene.mjs';

test('urql', { timeout: 120_000 }, async (t) => {
  const { host, room, say } = await setScene();

  const connect = (t, token) => {
    const Authorization = `Bearer ${token}`;
    const socket = createClient({ url: socketEndpoint, webSocketImpl: WebSocket, connectionParams: { Authorization }, retryAttempts: 0 });
    t.after(() => socket.dispose());
    return new Client({
      url: endpoint,
      preferGetMethod: false,
      fetchOptions: { headers: { Authorization } },
      exchanges: [
        cacheExchange,
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: (request) => ({ subscribe: (sink) => ({ unsubscribe: socket.subscribe(request, sink) }) }),
        }),
      ],
    });
  };

  await t.test('queries, answers from its cache, and asks again after a mutation', async (t) => {
    const client = connect(t, host.token);
    const ask = () => client.query(operations.room, { id: room.id }).toPromise();
    const first = await ask();
    assert.equal(first.error, undefined);
    assert.deepEqual(first.data.room.owner, { __typename: 'User', id: host.id, username: host.username });
    assert.equal((await ask()).operation.context.meta.cacheOutcome, 'hit');
    const renamed = await client.mutation(operations.rename, { input: { roomId: room.id, title: 'A longer warp' } }).toPromise();
    assert.equal(renamed.error, undefined);
    const third = await ask();
    assert.equal(third.operation.context.meta.cacheOutcome, 'miss', 'The mutation named a Room, so the cached answer is stale.');
    assert.equal(third.data.room.title, 'A longer warp');
  });

  await t.test('reads an answer in parts', async (t) => {
    const results = await new Promise((resolve) => {
      const seen = [];
      const { unsubscribe } = pipe(
        connect(t, host.token).query(operations.roomInParts, { id: room.id }),
        subscribe((result) => {
          seen.push(JSON.parse(JSON.stringify({ data: result.data, hasNext: result.hasNext })));
          if (!result.hasNext) resolve(seen);
        }),
      );
      t.after(() => unsubscribe());
    });
    assert.equal(results[0].hasNext, true);
    assert.equal(results[0].data.room.id, room.id);
    assert.equal(results[0].data.room.owner, undefined, 'The owner comes later.');
    assert.equal(results.at(-1).data.room.owner.username, host.username);
    assert.equal(results.at(-1).data.room.viewerRole, 'OWNER');
  });

  await t.test('queries by GET', async (t) => {
    const { data, error } = await connect(t, host.token).query(operations.me, {}, { preferGetMethod: 'force' }).toPromise();
    assert.equal(error, undefined);
    assert.equal(data.me.username, host.username);
  });

  await t.test('hears messages in order', async (t) => {
    const heard = new Heard();
    const { unsubscribe } = pipe(
      connect(t, host.token).subscription(operations.listen, { roomId: room.id }),
      subscribe((result) => heard.take({ data: result.data, errors: result.error })),
    );
    t.after(unsubscribe);
    await heard.begins(say);
    await heard.hearsAll(say, ['warp', 'weft', 'heddle']);
  });

  await t.test('learns of an unknown field', async (t) => {
    const { error } = await connect(t, host.token).query(operations.missing, {}).toPromise();
    assert.equal(codeOf(error.graphQLErrors), 'GRAPHQL_VALIDATION_FAILED');
  });

  await t.test('is turned away with a forged token', async (t) => {
    const { error } = await connect(t, forged).query(operations.me, {}).toPromise();
    assert.equal(codeOf(error.graphQLErrors), 'UNAUTHENTICATED', `The answer must say so, and said ${error}`);
  });
});
