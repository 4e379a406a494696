import type { Awareness } from 'y-protocols/awareness';
import { element } from './dom.ts';

interface Person {
  id: string;
  name: string;
  color: string;
}

/** A person's colour: the same for everybody, and strong enough for white letters. */
export function colourOf(id: string): { color: string; colorLight: string } {
  let hash = 7;
  for (const letter of id) hash = (hash * 31 + letter.codePointAt(0)!) % 100_003;
  const hue = (hash * 137) % 360;
  return { color: `hsl(${hue}, 65%, 38%)`, colorLight: `hsla(${hue}, 70%, 50%, 0.25)` };
}

/** Keeps a list of who is there, each person once. */
export function people(awareness: Awareness): HTMLElement {
  const list = element('ul', { class: 'people', 'aria-label': 'Who is here' });
  const draw = () => {
    const own = awareness.getLocalState()?.user as Person | undefined;
    const found = new Map<string, Person>();
    for (const state of awareness.getStates().values()) {
      const person = state.user as Person | undefined;
      if (person) found.set(person.id, person);
    }
    const sorted = [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
    list.replaceChildren(...sorted.map((person) => chip(person, person.id === own?.id)));
  };
  awareness.on('change', draw);
  draw();
  return list;
}

function chip({ name, color }: Person, own: boolean): HTMLElement {
  const dot = element('span', { class: 'dot', 'aria-hidden': 'true' }, name.slice(0, 1).toUpperCase());
  dot.style.background = color;
  return element('li', {}, dot, own ? `${name} (you)` : name);
}
