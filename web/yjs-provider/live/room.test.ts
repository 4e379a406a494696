import { afterEach, beforeAll, expect, test } from 'vitest';
import * as Y from 'yjs';
import { ask, Desk, newPerson, newRoom, type Person } from './graph.js';

let ada: Person;
let grace: Person;
let stranger: Person;
const desks: Desk[] = [];

beforeAll(async () => {
  [ada, grace, stranger] = await Promise.all([newPerson('ada'), newPerson('grace'), newPerson('stan')]);
});

afterEach(() => {
  for (const { provider } of desks.splice(0)) provider.destroy();
});

function sit(...args: ConstructorParameters<typeof Desk>): Desk {
  const desk = new Desk(...args);
  desks.push(desk);
  return desk;
}

test('two people write in the same texts, and one who comes later reads them', async () => {
  const room = await newRoom(ada, grace);
  const [one, two] = [sit(room, ada), sit(room, grace)];
  await Promise.all([one.provider.whenSynced(), two.provider.whenSynced()]);
  one.write('const warp = 1;\n', 'main.js');
  await two.shows('warp', 'main.js');
  two.write('const weft = 2;\n', 'main.js');
  two.write('# Notes', 'notes.md');
  await one.shows('weft', 'main.js');
  await Promise.all([one.provider.whenSaved(), two.provider.whenSaved()]);
  const late = sit(room, grace);
  await late.provider.whenSynced();
  expect([late.read('main.js'), late.read('notes.md')]).toEqual(['const warp = 1;\nconst weft = 2;\n', '# Notes']);
});

test('the graph reads what was acknowledged', async () => {
  const room = await newRoom(ada);
  const desk = sit(room, ada);
  for (const letter of 'a loom of one’s own') desk.write(letter);
  await desk.provider.whenSaved();
  const { codeDocument } = await ask<{ codeDocument: { text: { content: string } } }>(
    'query($room: ID!) { codeDocument(roomId: $room) { text(name: "code") { content } } }',
    { room },
    ada.token,
  );
  expect(codeDocument.text.content).toBe('a loom of one’s own');
});

test('what is written while the connection is cut arrives on return, from both sides', async () => {
  const room = await newRoom(ada, grace);
  const [one, two] = [sit(room, ada), sit(room, grace)];
  await Promise.all([one.provider.whenSynced(), two.provider.whenSynced()]);
  const lost = new Promise<void>((resolve) => one.provider.on('synced', (synced) => !synced && resolve()));
  one.cut();
  await lost;
  one.write('written alone; ');
  two.write('written meanwhile; ');
  await Promise.all([one.provider.whenSaved(), two.provider.whenSaved(), one.shows('written meanwhile'), two.shows('written alone')]);
  expect(one.read()).toBe(two.read());
});

test('a document that was kept elsewhere is joined with the room’s', async () => {
  const room = await newRoom(ada, grace);
  const first = sit(room, grace);
  first.write('in the room; ');
  await first.provider.whenSaved();
  const doc = new Y.Doc();
  doc.getText('code').insert(0, 'from the drawer; ');
  const second = sit(room, ada, { doc });
  await Promise.all([second.provider.whenSaved(), second.shows('in the room'), first.shows('from the drawer')]);
  expect(second.read()).toBe(first.read());
});

test('who is there shows, under their true name, and goes', async () => {
  const room = await newRoom(ada, grace);
  const [one, two] = [sit(room, ada), sit(room, grace)];
  await Promise.all([one.provider.whenSynced(), two.provider.whenSynced()]);
  const { awareness } = two.provider;
  const seen = () => awareness.getStates().get(one.doc.clientID);
  const becomes = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => holds() && resolve();
      awareness.on('change', look);
      look();
    });
  one.provider.awareness.setLocalState({ user: { name: 'The Queen', color: '#b3261e' }, cursor: { anchor: 1, head: 3 } });
  await becomes(() => seen()?.cursor !== undefined);
  expect(seen()).toEqual({ user: { id: ada.id, name: ada.username, color: '#b3261e' }, cursor: { anchor: 1, head: 3 } });
  const late = sit(room, grace);
  await new Promise<void>((resolve) => {
    const look = () => late.provider.awareness.getStates().has(one.doc.clientID) && resolve();
    late.provider.awareness.on('change', look);
    look();
  }); // who is there tells whoever comes
  one.provider.disconnect();
  await becomes(() => seen() === undefined);
});

test('who is not in the room is refused, with the reason', async () => {
  const room = await newRoom(ada);
  const { provider } = sit(room, stranger);
  const refused = await new Promise<Error>((resolve) => provider.on('refused', resolve));
  expect(refused).toMatchObject({ code: 'FORBIDDEN' });
  expect(provider.status).toBe('refused');
});

test('who leaves the room is sent out', async () => {
  const room = await newRoom(ada, grace);
  const { provider } = sit(room, grace);
  await provider.whenSynced();
  const refused = new Promise<Error>((resolve) => provider.on('refused', resolve));
  await ask('mutation($input: LeaveRoomInput!) { leaveRoom(input: $input) { room { id } } }', { input: { roomId: room } }, grace.token);
  expect(await refused).toMatchObject({ code: 'FORBIDDEN' });
});

test('a token that is turned away is asked for anew', async () => {
  const room = await newRoom(ada);
  const asked: (string | undefined)[] = [];
  const desk = sit(room, ada, {
    token: (refused) => {
      asked.push(refused);
      return refused ? ada.token : 'no token at all';
    },
  });
  await desk.provider.whenSynced();
  expect(asked).toEqual([undefined, 'no token at all']);
});

test('a token that is turned away twice is not tried again', async () => {
  const room = await newRoom(ada);
  const desk = sit(room, ada, { token: () => 'no token at all' });
  const refused = new Promise<Error>((resolve) => desk.provider.on('refused', resolve));
  expect(await refused).toMatchObject({ message: 'The access token is not accepted.' });
});

const tokens = process.env.HEDDLE_TOKENS; // an address that gives tokens that soon end

test.skipIf(!tokens)('a token is replaced in the connection before it ends', async () => {
  const room = await newRoom(ada, grace);
  const token = async () => (await fetch(`${tokens}?sub=${ada.id}`)).text();
  const [one, two] = [sit(room, ada, { token }), sit(room, grace)];
  await Promise.all([one.provider.whenSynced(), two.provider.whenSynced()]);
  const answers: unknown[] = [];
  await new Promise<void>((resolve) => {
    one.sockets[0]!.on('message', (data: Buffer) => {
      const { type, payload } = JSON.parse(data.toString()) as { type: string; payload?: { renewed?: boolean } };
      if (type === 'pong' && payload && 'renewed' in payload && answers.push(payload.renewed) === 3) resolve(); // each after half of a life
    });
  });
  one.write('after the first token has ended; ');
  await two.shows('after the first token');
  two.write('and heard, too; ');
  await Promise.all([one.provider.whenSaved(), one.shows('heard, too')]);
  expect(answers).toEqual([true, true, true]);
  expect(one.sockets.length).toBe(1);
});
