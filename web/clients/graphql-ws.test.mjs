// The graphql-ws client against /graphql over WebSocket: one connection for queries, mutations and subscriptions.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { signUp } from './graph.mjs';
import { codeOf, forged, Heard, operations, origin, setScene, socketEndpoint } from './scene.mjs';

test('graphql-ws', { timeout: 120_000 }, async (t) => {
  const scene = await setScene();
  const { host, guest, stranger, room, say } = scene;

  /** A client of one person, disposed of with its test. */
  const connect = (t, token, options = {}) => {
    const client = createClient({
      url: socketEndpoint,
      webSocketImpl: WebSocket,
      connectionParams: token && { Authorization: `Bearer ${token}` },
      retryAttempts: 0,
      ...options,
    });
    t.after(() => client.dispose());
    return client;
  };

  await t.test('asks a query that spans domains', async (t) => {
    const [result, ...more] = await all(connect(t, host.token), { query: operations.room, variables: { id: room.id } });
    assert.deepEqual(more, [], 'A query has one result.');
    assert.equal(result.errors, undefined);
    assert.deepEqual(result.data.room.owner, { id: host.id, username: host.username });
  });

  await t.test('reads an answer in parts', async (t) => {
    const [first, second, ...more] = await all(connect(t, host.token), { query: operations.roomInParts, variables: { id: room.id } });
    assert.deepEqual(first, { data: { room }, hasNext: true });
    const data = { owner: { id: host.id, username: host.username }, viewerRole: 'OWNER' };
    assert.deepEqual(second, { incremental: [{ data, path: ['room'], label: 'rest' }], hasNext: false });
    assert.deepEqual(more, []);
  });

  await t.test('runs a mutation', async (t) => {
    const input = { roomId: room.id, text: 'over a socket' };
    const [result] = await all(connect(t, host.token), { query: operations.say, variables: { input } });
    assert.equal(result.errors, undefined);
    assert.equal(result.data.createMessage.message.text, 'over a socket');
    assert.equal(result.data.createMessage.message.author.username, host.username);
  });

  await t.test('hears messages in order, with fields of other domains', async (t) => {
    const heard = new Heard();
    listen(connect(t, host.token), room, heard);
    await heard.begins(say);
    await heard.hearsAll(say, ['warp', 'weft', 'heddle', 'shuttle', 'reed']);
    assert.deepEqual(heard.messages.at(-1).room, room);
    assert.match(heard.messages.at(-1).author.username, /^gwen/);
  });

  await t.test('holds several subscriptions on one connection and ends each alone', async (t) => {
    const opened = [];
    const client = connect(t, host.token, { on: { opened: () => opened.push(1) } });
    const [first, second] = [new Heard(), new Heard()];
    const endFirst = listen(client, room, first);
    listen(client, room, second);
    await first.begins(say, 'one');
    await second.begins(say, 'two');
    endFirst();
    await second.hearsAll(say, ['still here', 'and here']);
    assert.equal(opened.length, 1);
  });

  await t.test('subscribes again after a lost connection', async (t) => {
    const sockets = [];
    const heard = new Heard();
    const client = connect(t, host.token, {
      retryAttempts: 5,
      retryWait: async () => {},
      on: { opened: (socket) => sockets.push(socket) },
    });
    listen(client, room, heard);
    await heard.begins(say, 'before');
    sockets[0].terminate();
    await heard.begins(say, 'after');
    assert.equal(sockets.length, 2);
  });

  await t.test('is answered when it pings', async (t) => {
    const pong = new Promise((resolve) => {
      const client = connect(t, undefined, { lazy: false, keepAlive: 50, on: { pong: (received) => received && resolve(true) } });
      client.on('closed', () => resolve(false));
    });
    assert.equal(await pong, true, 'The server must answer a ping with a pong.');
  });

  await t.test('ends when its person leaves the room', async (t) => {
    const heard = new Heard();
    const client = connect(t, guest.token);
    const ended = new Promise((resolve) => listen(client, room, heard, resolve));
    await heard.begins(scene.sayAsHost, 'hello');
    await scene.leaves(guest);
    await scene.sayAsHost('now that they are gone');
    await ended;
    assert.equal(await heard.hears('now that they are gone', 0), false, 'Who has left hears nothing more.');
    await scene.joins(guest);
  });

  await t.test('learns of an unknown field', async (t) => {
    const errors = await failure(connect(t, host.token), { query: operations.missing });
    assert.equal(codeOf(errors), 'GRAPHQL_VALIDATION_FAILED');
  });

  for (const [who, token, code] of [
    ['nobody', undefined, 'UNAUTHENTICATED'],
    ['a stranger', stranger.token, 'FORBIDDEN'],
  ]) {
    await t.test(`lets ${who} hear nothing`, async (t) => {
      const errors = await failure(connect(t, token), { query: operations.listen, variables: { roomId: room.id } });
      assert.equal(codeOf(errors), code);
    });
  }

  await t.test('is turned away with a forged token', async (t) => {
    const closed = await failure(connect(t, forged), { query: operations.me });
    assert.ok(
      [4401, 4403].includes(closed.code),
      `The connection must be closed with 4401 or 4403, not ${closed.code} ${closed.message ?? closed.reason}`,
    );
  });

  await t.test('is turned away once its person has signed out', async (t) => {
    const person = await signUp(origin, 'olaf');
    const client = connect(t, person.token);
    assert.equal((await all(client, { query: operations.me }))[0].data.me.username, person.username);
    await scene.signsOut(person);
    assert.equal((await failure(connect(t, person.token), { query: operations.me })).code, 4403);
  });

  await t.test('is turned away with an unknown sub-protocol', async () => {
    const socket = new WebSocket(socketEndpoint, 'carrier-pigeon');
    const end = await new Promise((resolve) => {
      socket.on('close', (code) => resolve(code));
      socket.on('error', (error) => resolve(error.message));
    });
    assert.match(String(end), /4406|sub-?protocol|400/i);
  });
});

/** All results of an operation. */
async function all(client, payload) {
  const results = [];
  for await (const result of client.iterate(payload)) results.push(result);
  return results;
}

/** What an operation failed with: GraphQL errors, in the stream's first result or instead of it, or a close event. */
async function failure(client, payload) {
  try {
    const [result] = await all(client, payload);
    return result?.errors ?? assert.fail(`This must fail, and answered ${JSON.stringify(result)}`);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return Array.isArray(error) || error.code ? error : assert.fail(`Neither GraphQL errors nor a close code: ${error}`);
  }
}

/** Listens to the room until the function it returns is called; `ended` hears when that is over for another reason. */
function listen(client, room, heard, ended = (why) => why === 'complete' || console.error('# The subscription failed:', why)) {
  return client.subscribe(
    { query: operations.listen, variables: { roomId: room.id } },
    { next: (result) => heard.take(result), error: ended, complete: () => ended('complete') },
  );
}
