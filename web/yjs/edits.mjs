import * as Y from 'yjs';

const fragments = ['a', 'bc', 'hello ', '\n', 'ü', '日本', '😀', '👨‍👩‍👧', 'e\u0301', 'x'.repeat(30)];
const values = [1, { x: 'y', n: null }, undefined, true, 1.5, -3, 1e20, 'text', 2n ** 40n, new Uint8Array([1, 2, 3]), [[], {}]];

/** The place itself, or one beside it that does not split a surrogate pair, as editors do not. */
function whole(text, place) {
  const s = text.toString();
  const low = s.charCodeAt(place);
  const high = s.charCodeAt(place - 1);
  return low >= 0xdc00 && low < 0xe000 && high >= 0xd800 && high < 0xdc00 ? place - 1 : place;
}

/** One random edit of a text. With pairs, surrogate pairs are split as well. */
export function editText(r, text, pairs) {
  const at = (n) => (pairs ? n : whole(text, n));
  if (text.length === 0 || r.chance(0.6)) {
    text.insert(at(r.below(text.length + 1)), r.pick(fragments));
    return;
  }
  const from = at(r.below(text.length));
  const to = at(Math.min(text.length, from + 1 + r.below(6)));
  if (to > from) text.delete(from, to - from);
}

function editMap(r, map) {
  if (r.chance(0.3)) map.delete('k' + r.below(3));
  else map.set('k' + r.below(3), r.chance(0.3) ? new Y.Map([['inner', new Y.Text('deep')]]) : r.pick(values));
}

function editArray(r, array) {
  if (array.length > 0 && r.chance(0.3)) array.delete(r.below(array.length), 1);
  else array.insert(r.below(array.length + 1), [r.pick(values.filter((value) => value !== undefined && typeof value !== 'bigint')), r.below(9)]);
}

function editXML(r, fragment) {
  if (fragment.length > 3 || (fragment.length > 0 && r.chance(0.2))) {
    fragment.delete(r.below(fragment.length), 1);
    return;
  }
  const element = new Y.XmlElement('p');
  element.setAttribute('k', 'v' + r.below(5));
  element.insert(0, [new Y.XmlText('hi😀'), new Y.XmlElement('b')]);
  fragment.insert(r.below(fragment.length + 1), [element]);
}

function format(r, text) {
  if (text.length < 2) return;
  const from = whole(text, r.below(text.length - 1));
  const to = whole(text, from + 1 + r.below(text.length - from));
  if (to > from) text.format(from, to - from, { bold: r.chance(0.5) ? true : null });
}

/** One random edit of a document: of its texts, and if it is rich of everything else that Yjs knows. */
export function edit(r, doc, { rich, pairs }) {
  const text = doc.getText('t' + r.below(2));
  const others = [
    () => editMap(r, doc.getMap('m')),
    () => editArray(r, doc.getArray('a')),
    () => editXML(r, doc.getXmlFragment('x')),
    () => format(r, text),
    () => text.insertEmbed(r.below(text.length + 1), { image: 'x' }),
    () => doc.getMap('m').set('doc', new Y.Doc({ guid: 'sub-' + r.below(3) })),
  ];
  doc.transact(() => (rich && r.chance(0.5) ? r.pick(others)() : editText(r, text, pairs)));
}
