import WebSocket from 'ws';
import * as Y from 'yjs';
import { HeddleProvider, type Options } from '../src/index.js';

const origin = new URL(process.env.HEDDLE_URL ?? 'http://127.0.0.1:4000').origin;
const url = `${origin.replace(/^http/, 'ws')}/graphql`;

/** Sends one operation; fails with the graph's own words. */
export async function ask<T>(query: string, variables: object, token?: string): Promise<T> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] };
  if (errors) throw new Error(errors.map(({ message }) => message).join(' '));
  return data;
}

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly token: string;
}

/** Makes an account that nobody else has. */
export async function newPerson(name: string): Promise<Person> {
  const username = `${name}${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
  const input = { email: `${username}@heddle.example`, password: 'correct horse battery 9', username, firstName: name, lastName: 'Tester' };
  const query = 'mutation($input: SignUpInput!) { signUp(input: $input) { accessToken user { id } } }';
  const { signUp } = await ask<{ signUp: { accessToken: string; user: { id: string } } }>(query, { input });
  return { id: signUp.user.id, username, token: signUp.accessToken };
}

/** A room of the first person, with the others in it. */
export async function newRoom(host: Person, ...guests: Person[]): Promise<string> {
  const create = 'mutation($input: CreateRoomInput!) { createRoom(input: $input) { room { id } } }';
  const { createRoom } = await ask<{ createRoom: { room: { id: string } } }>(create, { input: { title: 'A loom' } }, host.token);
  const roomId = createRoom.room.id;
  for (const { token } of guests) await ask('mutation($input: JoinRoomInput!) { joinRoom(input: $input) { room { id } } }', { input: { roomId } }, token);
  return roomId;
}

/** Somebody at a desk in the room, with a document of their own and a WebSocket that the test can cut. */
export class Desk {
  readonly doc: Y.Doc;
  readonly provider: HeddleProvider;
  readonly sockets: WebSocket[] = [];

  constructor(roomId: string, person: Person, options: Partial<Options> = {}) {
    this.doc = options.doc ?? new Y.Doc();
    const { sockets } = this;
    class Noted extends WebSocket {
      constructor(address: string, protocols?: string | string[]) {
        super(address, protocols);
        sockets.push(this);
      }
    }
    this.provider = new HeddleProvider({ url, roomId, doc: this.doc, token: () => person.token, webSocketImpl: Noted, backOff: () => 50, ...options });
  }

  /** Ends the connection as a broken network would. */
  cut(): void {
    this.sockets.at(-1)!.terminate();
  }

  write(text: string, name = 'code'): void {
    const to = this.doc.getText(name);
    to.insert(to.length, text);
  }

  read(name = 'code'): string {
    return this.doc.getText(name).toJSON();
  }

  /** Resolves when the text holds this. */
  shows(wanted: string, name = 'code'): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.read(name).includes(wanted)) return;
        this.doc.off('update', look);
        resolve();
      };
      this.doc.on('update', look);
      look();
    });
  }
}
