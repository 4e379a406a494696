import { HeddleProvider } from '@heddle/yjs';
import * as Y from 'yjs';
import { element, show } from './dom.ts';
import { editor } from './editor.ts';
import { socketEndpoint } from './graph.ts';
import { colourOf, people } from './people.ts';
import type { Room } from './rooms.ts';
import type { Session } from './session.ts';

/** The texts of a room that this page shows; a room may have any others. */
const names = ['main.js', 'notes.md'];

/** Shows the room's two editors until the person leaves; gives the reason if the graph sends them out. */
export function work(session: Session, room: Room): Promise<string> {
  const doc = new Y.Doc();
  const provider = new HeddleProvider({ url: socketEndpoint, roomId: room.id, doc, token: session.token });
  provider.awareness.setLocalStateField('user', { id: session.user.id, name: session.user.username, ...colourOf(session.user.id) });
  const panes = names.map((name) => element('section', { class: 'pane' }, element('h2', {}, name)));
  const views = panes.map((pane, i) => editor(pane, doc.getText(names[i]), provider.awareness, names[i]!));
  return new Promise<string>((resolve) => {
    const leave = element('button', { type: 'button', class: 'plain', onclick: () => resolve('') }, 'Rooms');
    provider.on('refused', (reason) => resolve(reason.message));
    show(
      element('header', { class: 'bar' }, leave, element('h1', {}, room.title), people(provider.awareness), saving(provider)),
      element('main', { class: 'desk' }, ...panes),
    );
    views[0]?.focus();
  }).finally(() => {
    for (const view of views) view.destroy();
    provider.destroy();
    doc.destroy();
  });
}

/** Says whether what was written is safe. */
function saving(provider: HeddleProvider): HTMLElement {
  const line = element('p', { role: 'status', class: 'saving' });
  const draw = () => {
    const { pending, synced } = provider;
    const edits = pending === 1 ? '1 edit' : `${pending} edits`;
    if (synced) line.textContent = pending === 0 ? 'All saved' : `Saving ${edits}…`;
    else line.textContent = pending === 0 ? 'Connecting…' : `Connecting… ${edits} kept here`;
    line.dataset.state = synced ? (pending === 0 ? 'saved' : 'saving') : 'away';
  };
  provider.on('synced', draw);
  provider.on('edits', draw);
  draw();
  return line;
}
