// The graphql-sse client against /graphql over server-sent events, each operation on a connection of its own.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createClient, NetworkError } from 'graphql-sse';
import { codeOf, endpoint, forged, Heard, operations, setScene } from './scene.mjs';

test('graphql-sse', { timeout: 120_000 }, async (t) => {
  const scene = await setScene();
  const { host, guest, stranger, room, say } = scene;

  const connect = (t, token, options = {}) => {
    const client = createClient({
      url: endpoint,
      headers: token ? { Authorization: `Bearer ${token}` } : {},
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
    const input = { roomId: room.id, text: 'over a stream' };
    const [result] = await all(connect(t, host.token), { query: operations.say, variables: { input } });
    assert.equal(result.errors, undefined);
    assert.equal(result.data.createMessage.message.text, 'over a stream');
  });

  await t.test('hears messages in order, with fields of other domains', async (t) => {
    const heard = new Heard();
    listen(connect(t, host.token), room, heard);
    await heard.begins(say);
    await heard.hearsAll(say, ['warp', 'weft', 'heddle', 'shuttle', 'reed']);
    assert.deepEqual(heard.messages.at(-1).room, room);
    assert.match(heard.messages.at(-1).author.username, /^gwen/);
  });

  await t.test('ends one subscription without the other', async (t) => {
    const client = connect(t, host.token);
    const [first, second] = [new Heard(), new Heard()];
    const endFirst = listen(client, room, first);
    listen(client, room, second);
    await first.begins(say, 'one');
    await second.begins(say, 'two');
    endFirst();
    await second.hearsAll(say, ['still here', 'and here']);
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
    assert.equal(await failure(connect(t, host.token), { query: operations.missing }), 'GRAPHQL_VALIDATION_FAILED');
  });

  for (const [who, token, code] of [
    ['nobody', undefined, 'UNAUTHENTICATED'],
    ['a stranger', stranger.token, 'FORBIDDEN'],
    ['a forger', forged, 'UNAUTHENTICATED'],
  ]) {
    await t.test(`lets ${who} hear nothing`, async (t) => {
      assert.equal(await failure(connect(t, token), { query: operations.listen, variables: { roomId: room.id } }), code);
    });
  }
});

async function all(client, payload) {
  const results = [];
  for await (const result of client.iterate(payload)) results.push(result);
  return results;
}

/** The code of the error that an operation failed with, within the stream or in place of it. */
async function failure(client, payload) {
  try {
    const [result] = await all(client, payload);
    return codeOf(result?.errors) ?? assert.fail(`This must fail, and answered ${JSON.stringify(result)}`);
  } catch (error) {
    if (!(error instanceof NetworkError) || !error.response) throw error;
    return codeOf((await error.response.json()).errors);
  }
}

/** Listens to the room until the function it returns is called; `ended` hears when that is over for another reason. */
function listen(client, room, heard, ended = (why) => why === 'complete' || console.error('# The subscription failed:', why)) {
  return client.subscribe(
    { query: operations.listen, variables: { roomId: room.id } },
    { next: (result) => heard.take(result), error: ended, complete: () => ended('complete') },
  );
}
