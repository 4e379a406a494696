import { wordsOf } from './dom.ts';
import { work } from './desk.ts';
import { enter } from './entrance.ts';
import { choose, roomOfAddress, type Room } from './rooms.ts';
import { Session } from './session.ts';
import './style.css';

/** Writes the room into the page's address, so that it can be handed on. */
function address(room?: Room): void {
  const url = new URL(location.href);
  if (room) url.searchParams.set('room', room.id);
  else url.searchParams.delete('room');
  history.replaceState(null, '', url);
}

/** In, from room to room, and out again. */
async function visit(session: Session): Promise<void> {
  let notice = '';
  let room = await roomOfAddress(session);
  for (;;) {
    room ??= await choose(session, notice);
    if (!room) return;
    address(room);
    notice = await work(session, room);
    address();
    room = undefined;
  }
}

let notice = '';
let session = Session.restore();
for (;;) {
  session ??= await enter(notice);
  notice = await visit(session).then(() => '', wordsOf);
  session.signOut();
  session = undefined;
}
