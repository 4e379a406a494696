// An editor with the original Yjs, over a live endpoint. It obeys commands, one JSON object a line, and tells what
// happens to it in the same way: {"acked": update} once the graph has acknowledged one, {"edited": n} after so many
// edits of its own, {"settled": texts} once it has heard everything up to a number.
import { Buffer } from 'node:buffer';
import { createInterface } from 'node:readline';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import * as Y from 'yjs';
import { editText } from './edits.mjs';
import { random } from './random.mjs';

const { HEDDLE_URL, HEDDLE_TOKEN, HEDDLE_ROOM, HEDDLE_SEED } = process.env;
const SUBSCRIBE = `subscription($room: ID!, $vector: Bytes, $client: String) {
  codeUpdated(roomId: $room, stateVector: $vector, clientId: $client) { number update catchUp clientId }
}`;
const APPLY = `mutation($input: ApplyCodeUpdateInput!) { applyCodeUpdate(input: $input) { number } }`;

const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64'));
const base64 = (data) => Buffer.from(data).toString('base64');
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const tell = (what) => console.log(JSON.stringify(what));
const r = random(Number(HEDDLE_SEED));

/** A WebSocket that may be given up before it is open. */
class Socket extends WebSocket {
  constructor(...args) {
    super(...args);
    this.on('error', () => {}); // graphql-ws hears of it as well
  }
}

const doc = new Y.Doc();
const clientId = String(doc.clientID);
const unsent = []; // updates that were not acknowledged yet
let online = true;
let socket;
let last = 0; // the number up to which everything was heard, but for what is ours
const ours = new Set(); // numbers of our own updates beyond it
let changed = () => {};

doc.on('update', (update, origin) => {
  if (origin !== 'heard') unsent.push(update);
  changed();
});

/** Follows what is written, and begins again where it left off whenever that ends. */
async function follow() {
  for (;;) {
    while (!online) await pause(5);
    const client = createClient({
      url: HEDDLE_URL.replace('http', 'ws') + '/graphql',
      webSocketImpl: Socket,
      connectionParams: { Authorization: `Bearer ${HEDDLE_TOKEN}` },
      retryAttempts: 0,
    });
    socket = client;
    try {
      const variables = { room: HEDDLE_ROOM, vector: base64(Y.encodeStateVector(doc)), client: clientId };
      for await (const { data, errors } of client.iterate({ query: SUBSCRIBE, variables })) {
        if (errors) throw new Error(JSON.stringify(errors));
        hear(data.codeUpdated);
      }
    } catch {
      await pause(50); // the endpoint is away, or we are
    }
    client.terminate();
  }
}

function hear({ number, update, catchUp, clientId: by }) {
  if (by === clientId) tell({ wrong: `our own update ${number} came back` });
  if (!catchUp && number <= last) tell({ wrong: `update ${number} came after ${last}` });
  if (catchUp) for (const n of [...ours]) if (n <= number) ours.delete(n);
  for (let n = last + 1; n < number && !catchUp; n++) if (!ours.delete(n)) skipped.add(n);
  last = number;
  Y.applyUpdate(doc, bytes(update), 'heard');
  if (catchUp) skipped.clear();
  changed();
}

// Numbers that were passed over: they must be our own, which we know once they are acknowledged.
const skipped = new Set();

/** Sends what was written here, in order, until it is acknowledged. */
async function send() {
  for (;;) {
    while (!online || unsent.length === 0) await pause(2);
    const batch = unsent.slice(0, 1 + r.below(8));
    const update = base64(Y.mergeUpdates(batch));
    try {
      const { number } = await apply(update);
      unsent.splice(0, batch.length);
      if (!skipped.delete(number) && number > last) ours.add(number);
      tell({ acked: update });
      changed();
    } catch {
      await pause(50);
    }
  }
}

async function apply(update) {
  const response = await fetch(HEDDLE_URL + '/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${HEDDLE_TOKEN}` },
    body: JSON.stringify({ query: APPLY, variables: { input: { roomId: HEDDLE_ROOM, update, clientId } } }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data.applyCodeUpdate;
}

/** Edits at random, now and then without a connection. */
async function edit({ edits }) {
  for (let i = 1; i <= edits; i++) {
    editText(r, doc.getText('t' + r.below(2)), false);
    if (r.chance(0.01)) {
      online = false;
      socket.terminate();
    } else if (!online && r.chance(0.1)) online = true;
    if (i % 10 === 0) tell({ edited: i });
    await pause(r.below(8));
  }
  online = true;
  while (unsent.length > 0) await pause(5);
  tell({ finished: true });
}

/** Tells what the texts read once everything up to the number was heard. */
async function settle({ number }) {
  const there = () => {
    let upTo = last;
    while (ours.has(upTo + 1)) upTo++;
    return upTo >= number && skipped.size === 0;
  };
  while (!there()) await new Promise((done) => (changed = done));
  tell({ settled: { t0: doc.getText('t0').toString(), t1: doc.getText('t1').toString() }, pending: doc.store.pendingStructs !== null });
}

void follow();
void send();
const commands = { edit, settle };
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.do === 'end') process.exit(0);
  void commands[command.do](command);
}
process.exit(0);
