import { afterEach, expect, test, vi } from 'vitest';
import * as Y from 'yjs';
import type { Options } from './options.js';
import { HeddleProvider } from './provider.js';
import { Room } from './testing/room.js';

const providers: HeddleProvider[] = [];
afterEach(() => {
  for (const provider of providers.splice(0)) provider.destroy();
});

/** Somebody with a document of their own, in the room. */
function enter(room: Room, options: Partial<Options> = {}) {
  const doc = options.doc ?? new Y.Doc();
  const client = room.client();
  const provider = new HeddleProvider({ url: 'ws://unused', roomId: 'r', doc, client, backOff: () => 0, ...options });
  providers.push(provider);
  return { doc, text: doc.getText('code'), client, provider };
}

const read = (doc: Y.Doc) => doc.getText('code').toJSON();

test('a newcomer gets what is there, and each hears the other', async () => {
  const room = new Room();
  room.doc.getText('code').insert(0, 'Once ');
  const [ada, grace] = [enter(room), enter(room)];
  await Promise.all([ada.provider.whenSynced(), grace.provider.whenSynced()]);
  expect(ada.provider.status).toBe('connected');
  ada.text.insert(5, 'upon ');
  await ada.provider.whenSaved();
  grace.text.insert(10, 'a time');
  await grace.provider.whenSaved();
  expect([read(ada.doc), read(grace.doc), read(room.doc)]).toEqual(Array(3).fill('Once upon a time'));
});

test('edits wait until they are acknowledged, and go together', async () => {
  const room = new Room();
  let open = () => {};
  const { provider, text } = enter(room);
  await provider.whenSynced();
  room.gate = new Promise((resolve) => (open = resolve));
  const counts: number[] = [];
  provider.on('edits', ({ pending }) => counts.push(pending));
  for (const letter of 'loom') text.insert(text.length, letter);
  expect(provider.pending).toBe(4);
  open();
  await provider.whenSaved();
  expect(counts).toEqual([1, 2, 3, 4, 3, 0]); // the first letter alone, then all that gathered behind it
  expect(room.updates).toHaveLength(2);
});

test('what is written without a connection is sent on return', async () => {
  const room = new Room();
  const [ada, grace] = [enter(room), enter(room)];
  await Promise.all([ada.provider.whenSynced(), grace.provider.whenSynced()]);
  ada.client.down = true;
  ada.client.cut();
  expect(ada.provider.synced).toBe(false);
  ada.text.insert(0, 'from afar');
  grace.text.insert(0, 'at home, ');
  await grace.provider.whenSaved();
  expect(ada.provider.pending).toBe(1);
  ada.client.down = false;
  await ada.provider.whenSaved();
  expect(read(ada.doc)).toBe(read(room.doc));
  expect(read(grace.doc)).toBe(read(room.doc));
  expect(read(room.doc)).toContain('from afar');
  expect(read(room.doc)).toContain('at home, ');
});

test('an edit whose answer was lost is sent again', async () => {
  const room = new Room();
  const { provider, text, client } = enter(room);
  await provider.whenSynced();
  let open = () => {};
  room.gate = new Promise((resolve) => (open = resolve));
  text.insert(0, 'once');
  await Promise.resolve(); // it is on its way
  client.cut();
  open();
  await provider.whenSaved();
  expect(read(room.doc)).toBe('once');
});

test('what the document held before is sent, without what the server has', async () => {
  const room = new Room();
  const doc = new Y.Doc();
  doc.getText('code').insert(0, 'a'.repeat(1000));
  Y.applyUpdate(room.doc, Y.encodeStateAsUpdate(doc));
  doc.getText('code').insert(1000, 'b');
  const { provider } = enter(room, { doc });
  await provider.whenSaved();
  expect(read(room.doc)).toBe('a'.repeat(1000) + 'b');
  expect(room.updates[0]!.length).toBeLessThan(100);
});

test('a refused edit ends it, with the reason', async () => {
  const room = new Room();
  const { provider, text } = enter(room);
  await provider.whenSynced();
  const refused = new Promise<Error>((resolve) => provider.on('refused', resolve));
  room.refusal = [{ message: 'You are not in the room.', extensions: { code: 'FORBIDDEN' } }];
  text.insert(0, 'no');
  expect((await refused).message).toBe('You are not in the room.');
  expect(provider.status).toBe('refused');
  expect(provider.pending).toBe(1);
  provider.connect(); // the person is in the room again
  await provider.whenSaved();
  expect(read(room.doc)).toBe('no');
});

test('an edit that the server could not take just now is tried again', async () => {
  const room = new Room();
  const { provider, text } = enter(room);
  await provider.whenSynced();
  room.refusal = [{ message: 'Later.', extensions: { code: 'UNAVAILABLE' } }];
  text.insert(0, 'patience');
  await provider.whenSaved();
  expect(read(room.doc)).toBe('patience');
});

test('a gap is closed by asking again', async () => {
  const room = new Room();
  const { provider, doc } = enter(room);
  await provider.whenSynced();
  room.doc.getText('code').insert(0, 'missed');
  room.tell('codeUpdated', { data: null, extensions: { live: { gap: { reason: 'UPSTREAM' } } } });
  await provider.whenSynced();
  expect(read(doc)).toBe('missed');
});

test('an update that builds on a missing one is a gap', async () => {
  const room = new Room();
  const { provider, doc } = enter(room);
  await provider.whenSynced();
  const text = room.doc.getText('code');
  text.insert(0, 'first ');
  const before = Y.encodeStateVector(room.doc);
  text.insert(6, 'second');
  const update = Buffer.from(Y.encodeStateAsUpdate(room.doc, before)).toString('base64');
  room.tell('codeUpdated', { data: { codeUpdated: { update, catchUp: false } } });
  await provider.whenSynced();
  expect(read(doc)).toBe('first second');
});

test('cursors come, and go with their person; names are those of the accounts', async () => {
  const room = new Room();
  const [ada, grace] = [enter(room), enter(room)];
  await Promise.all([ada.provider.whenSynced(), grace.provider.whenSynced()]);
  ada.provider.awareness.setLocalStateField('user', { name: 'The Queen', color: '#e33' });
  const id = ada.doc.clientID;
  await vi.waitFor(() => {
    expect(grace.provider.awareness.getStates().get(id)).toEqual({ user: { id: 'u1', name: 'ada', color: '#e33' } });
  });
  ada.provider.disconnect();
  await vi.waitFor(() => expect(grace.provider.awareness.getStates().has(id)).toBe(false));
  expect([...ada.provider.awareness.getStates().keys()]).toEqual([id]); // nobody tells it of the others now
});

test('after destroy nothing is sent', async () => {
  const room = new Room();
  const { provider, text } = enter(room);
  await provider.whenSynced();
  provider.destroy();
  text.insert(0, 'alone');
  expect(room.updates).toEqual([]);
  expect(provider.status).toBe('disconnected');
});
