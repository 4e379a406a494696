// Apollo Client against /graphql: HttpLink for queries and mutations, GraphQLWsLink for subscriptions, one cache.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache, ServerError } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { codeOf, endpoint, forged, Heard, operations, setScene, socketEndpoint } from './scene.mjs';

const documents = Object.fromEntries(Object.entries(operations).map(([name, text]) => [name, gql(text)]));

test('Apollo Client', { timeout: 120_000 }, async (t) => {
  const { host, room, say } = await setScene();

  const connect = (t, token) => {
    const Authorization = token && `Bearer ${token}`;
    const socket = createClient({ url: socketEndpoint, webSocketImpl: WebSocket, connectionParams: { Authorization }, retryAttempts: 0 });
    const link = ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: endpoint, headers: Authorization ? { Authorization } : {} }),
    );
    const client = new ApolloClient({ link, cache: new InMemoryCache(), incrementalHandler: new Defer20220824Handler() });
    t.after(async () => {
      client.stop();
      await socket.dispose();
    });
    return client;
  };

  await t.test('queries, and answers the second time from its cache', async (t) => {
    const client = connect(t, host.token);
    const variables = { id: room.id };
    const { data } = await client.query({ query: documents.room, variables });
    assert.equal(data.room.__typename, 'Room');
    assert.deepEqual(data.room.owner, { __typename: 'User', id: host.id, username: host.username });
    const again = await client.query({ query: documents.room, variables, fetchPolicy: 'cache-only' });
    assert.deepEqual(again.data, data);
  });

  await t.test('reads an answer in parts', async (t) => {
    const client = connect(t, host.token);
    const states = await new Promise((resolve, reject) => {
      const seen = [];
      const query = client.watchQuery({ query: documents.roomInParts, variables: { id: room.id } });
      const watching = query.subscribe(({ data, dataState, error }) => {
        if (error) reject(error);
        if (dataState !== 'empty') seen.push({ dataState, data });
        if (dataState === 'complete') resolve(seen);
      });
      t.after(() => watching.unsubscribe());
    });
    assert.deepEqual(states[0], { dataState: 'streaming', data: { room: { __typename: 'Room', ...room } } });
    const owner = { __typename: 'User', id: host.id, username: host.username };
    assert.deepEqual(states.at(-1).data, { room: { __typename: 'Room', ...room, owner, viewerRole: 'OWNER' } });
  });

  await t.test('sees the result of a mutation in what it has cached', async (t) => {
    const client = connect(t, host.token);
    const variables = { id: room.id };
    await client.query({ query: documents.room, variables });
    await client.mutate({ mutation: documents.rename, variables: { input: { roomId: room.id, title: 'A wider loom' } } });
    const cached = client.readQuery({ query: documents.room, variables });
    assert.equal(cached.room.title, 'A wider loom', 'The entity has one place in the cache, by __typename and id.');
    await client.mutate({ mutation: documents.rename, variables: { input: { roomId: room.id, title: room.title } } });
  });

  await t.test('hears messages in order', async (t) => {
    const heard = new Heard();
    const subscription = connect(t, host.token)
      .subscribe({ query: documents.listen, variables: { roomId: room.id } })
      .subscribe({ next: (result) => heard.take({ data: result.data, errors: result.error }) });
    t.after(() => subscription.unsubscribe());
    await heard.begins(say);
    await heard.hearsAll(say, ['warp', 'weft', 'heddle']);
    assert.equal(heard.messages.at(-1).author.__typename, 'User');
  });

  await t.test('learns of an unknown field', async (t) => {
    const error = await connect(t, host.token)
      .query({ query: documents.missing })
      .catch((reason) => reason);
    assert.ok(CombinedGraphQLErrors.is(error), `Apollo Client must read GraphQL errors in the answer, and found ${error}`);
    assert.equal(codeOf(error.errors), 'GRAPHQL_VALIDATION_FAILED');
  });

  await t.test('is turned away with a forged token', async (t) => {
    const error = await connect(t, forged)
      .query({ query: documents.me })
      .catch((reason) => reason);
    assert.equal(codeIn(error), 'UNAUTHENTICATED', `The answer must say so, and said ${error}`);
  });
});

function codeIn(error) {
  if (CombinedGraphQLErrors.is(error)) return codeOf(error.errors);
  return ServerError.is(error) ? codeOf(JSON.parse(error.bodyText).errors) : undefined;
}
