// What every client test plays in: a room with its host, who is the client's user, and a guest, who talks.
import assert from 'node:assert/strict';
import { ask, signUp } from './graph.mjs';

export const origin = new URL(process.env.HEDDLE_URL ?? 'http://127.0.0.1:4000').origin;
export const endpoint = `${origin}/graphql`;
export const socketEndpoint = endpoint.replace(/^http/, 'ws');

/** A token that looks like one and was signed by nobody. */
export const forged =
  'eyJhbGciOiJFZERTQSIsImtpZCI6ImZvcmdlZCJ9.eyJpc3MiOiJoZWRkbGUiLCJhdWQiOiJoZWRkbGUiLCJzdWIiOiIxIiwiZXhwIjo0MTAyNDQ0ODAwfQ.AAAA';

/** The operations of the tests, as a client would have them in its code. */
export const operations = {
  me: 'query Me { me { id username } }',
  room: 'query Room($id: ID!) { room(id: $id) { id title owner { id username } messages(last: 5) { edges { node { id text } } } } }',
  roomInParts:
    'query RoomInParts($id: ID!) { room(id: $id) { id title ...Rest @defer(label: "rest") } } fragment Rest on Room { owner { id username } viewerRole }',
  rename: 'mutation Rename($input: UpdateRoomInput!) { updateRoom(input: $input) { room { id title } } }',
  say: 'mutation Say($input: CreateMessageInput!) { createMessage(input: $input) { message { id text author { id username } } } }',
  listen: 'subscription Listen($roomId: ID!) { messageCreated(roomId: $roomId) { id text author { id username } room { id title } } }',
  missing: 'query Missing { noSuchField }',
};

const inRoom = {
  join: 'mutation Join($input: JoinRoomInput!) { joinRoom(input: $input) { room { id } } }',
  leave: 'mutation Leave($input: LeaveRoomInput!) { leaveRoom(input: $input) { room { id } } }',
};

/** Makes a new room with a host and a guest in it, and `say`, by which the guest says something. */
export async function setScene() {
  const [host, guest, stranger] = [await signUp(origin, 'hilda'), await signUp(origin, 'gwen'), await signUp(origin, 'stig')];
  const title = `Loom ${Date.now()}`;
  const make = 'mutation Make($input: CreateRoomInput!) { createRoom(input: $input) { room { id } } }';
  const made = await ask(origin, make, { input: { title } }, host.token);
  const room = { id: made.createRoom.room.id, title };
  const input = { roomId: room.id };
  await ask(origin, inRoom.join, { input }, guest.token);
  return {
    host,
    guest,
    stranger,
    room,
    say: (text) => ask(origin, operations.say, { input: { ...input, text } }, guest.token),
    sayAsHost: (text) => ask(origin, operations.say, { input: { ...input, text } }, host.token),
    joins: (person) => ask(origin, inRoom.join, { input }, person.token),
    leaves: (person) => ask(origin, inRoom.leave, { input }, person.token),
    signsOut: (person) => ask(origin, 'mutation Out { signOut(input: {}) { __typename } }', {}, person.token),
  };
}

/** What a subscription brought, in the order it came, and a way to wait for more of it. */
export class Heard {
  #texts = [];
  #wake = () => {};

  /** Takes one result of the subscription `listen`. */
  take(result) {
    assert.equal(result.errors, undefined, `An event came with errors: ${JSON.stringify(result.errors)}`);
    this.messages ??= [];
    this.messages.push(result.data.messageCreated);
    this.#texts.push(result.data.messageCreated.text);
    this.#wake();
  }

  /** Waits until this text was heard, but not for ever; false if it was not. */
  async hears(text, patience) {
    const end = Date.now() + patience;
    while (!this.#texts.includes(text)) {
      const left = end - Date.now();
      if (left <= 0) return false;
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => (clearTimeout(timer), resolve());
      });
    }
    return true;
  }

  /** Lets the guest talk until the subscription hears it: no protocol tells when a subscription has begun. */
  async begins(say, what = 'word') {
    for (let attempt = 1; attempt <= 20; attempt++) {
      await say(`${what} ${attempt}`);
      if (await this.hears(`${what} ${attempt}`, 1000)) return;
    }
    assert.fail(`The subscription heard none of 20 messages: ${JSON.stringify(this.#texts)}`);
  }

  /** Lets the guest say these texts and asserts that all are heard, once and in order, and nothing else. */
  async hearsAll(say, texts) {
    const before = this.#texts.length;
    for (const text of texts) await say(text);
    await this.hears(texts.at(-1), 10_000);
    assert.deepEqual(this.#texts.slice(before), texts, 'Every message is heard once, in order.');
  }
}

/** The code of the first error of a list, wherever a client put it. */
export function codeOf(errors) {
  return errors?.[0]?.extensions?.code;
}
