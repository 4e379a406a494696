import { element, show, wordsOf } from './dom.ts';
import type { Session } from './session.ts';

export interface Room {
  readonly id: string;
  readonly title: string;
  readonly viewerRole: string | null;
}

const fields = 'id title viewerRole';
const list = `query Rooms { rooms(first: 50) { edges { node { ${fields} } } } }`;
const one = `query Room($id: ID!) { room(id: $id) { ${fields} } }`;
const create = `mutation Create($input: CreateRoomInput!) { createRoom(input: $input) { room { ${fields} } } }`;
const join = `mutation Join($input: JoinRoomInput!) { joinRoom(input: $input) { room { ${fields} } } }`;

/** The room that the page's address names, entered if that is possible. */
export async function roomOfAddress(session: Session): Promise<Room | undefined> {
  const id = new URL(location.href).searchParams.get('room');
  if (!id) return undefined;
  const { room } = await session.ask<{ room: Room | null }>(one, { id });
  return room ? joined(session, room) : undefined;
}

/** Lets the person choose a room or make one; undefined when they sign out. */
export async function choose(session: Session, notice = ''): Promise<Room | undefined> {
  const { rooms } = await session.ask<{ rooms: { edges: { node: Room }[] } }>(list);
  return new Promise((resolve) => {
    const alert = element('p', { role: 'alert', class: 'alert' }, notice);
    const attempt = (take: () => Promise<Room>) => take().then(resolve, (cause: unknown) => (alert.textContent = wordsOf(cause)));
    const form = element(
      'form',
      {
        class: 'row',
        onsubmit: (event) => {
          event.preventDefault();
          const title = new FormData(form).get('title');
          void attempt(async () => (await session.ask<{ createRoom: { room: Room } }>(create, { input: { title } })).createRoom.room);
        },
      },
      element('input', { name: 'title', required: true, placeholder: 'A new room', 'aria-label': 'Title of the new room' }),
      element('button', { class: 'primary' }, 'Create'),
    );
    const items = rooms.edges.map(({ node }) => element('li', {}, roomButton(node, () => void attempt(() => joined(session, node)))));
    const out = element('button', { type: 'button', class: 'plain', onclick: () => resolve(undefined) }, 'Sign out');
    show(
      element(
        'main',
        { class: 'card' },
        element('header', { class: 'row' }, element('h1', {}, 'Rooms'), element('span', { class: 'who' }, session.user.username), out),
        element('ul', { class: 'rooms' }, ...items),
        form,
        alert,
      ),
    );
  });
}

function roomButton(room: Room, enter: () => void): HTMLElement {
  const hint = room.viewerRole ? 'you are in it' : 'join';
  return element('button', { type: 'button', onclick: enter }, element('span', {}, room.title), element('small', {}, hint));
}

async function joined(session: Session, room: Room): Promise<Room> {
  if (room.viewerRole) return room;
  return (await session.ask<{ joinRoom: { room: Room } }>(join, { input: { roomId: room.id } })).joinRoom.room;
}
