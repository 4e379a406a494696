// Answers questions about Yjs, one JSON object a line: what random people would write, and whether an update amounts
// to the same as others.
import { Buffer } from 'node:buffer';
import { createInterface } from 'node:readline';
import * as Y from 'yjs';
import { edit } from './edits.mjs';
import { random } from './random.mjs';

const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64'));
const base64 = (data) => Buffer.from(data).toString('base64');

function load(...updates) {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc;
}

/** Several people edit one document, now and then hear of each other, undo and redo. */
function scenario({ seed, edits, rich, pairs }) {
  const r = random(seed);
  const updates = [];
  const docs = Array.from({ length: 2 + r.below(3) }, () => {
    const doc = new Y.Doc({ gc: r.chance(0.7) });
    doc.clientID = 1 + r.below(4e9);
    doc.on('update', (update, origin) => origin === 'heard' || updates.push(update));
    return doc;
  });
  const undo = docs.map((doc) => new Y.UndoManager([doc.getText('t0'), doc.getText('t1')], { captureTimeout: 0 }));
  for (let i = 0; i < edits; i++) {
    const who = r.below(docs.length);
    const doc = docs[who];
    if (r.chance(0.15)) Y.applyUpdate(doc, Y.encodeStateAsUpdate(r.pick(docs), Y.encodeStateVector(doc)), 'heard');
    else if (r.chance(0.1)) r.chance(0.5) ? undo[who].undo() : undo[who].redo();
    else edit(r, doc, { rich, pairs });
  }
  const half = load(...updates.slice(0, updates.length >> 1));
  const all = load(...updates);
  return {
    updates: updates.map(base64),
    texts: { t0: all.getText('t0').toString(), t1: all.getText('t1').toString() },
    vector: base64(Y.encodeStateVector(all)),
    half: base64(Y.encodeStateAsUpdate(half)),
    halfVector: base64(Y.encodeStateVector(half)),
    merged: base64(Y.mergeUpdates(updates)),
  };
}

/** Everything in a document, with the keys of objects in order: they come in the order in which they were heard of. */
function everything(doc) {
  const ordered = (_, value) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (value === undefined) return 'undefined';
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    if (value instanceof Y.Doc) return `doc ${value.guid}`;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  const show = (value) => JSON.stringify(value, ordered);
  return [
    show(doc.getText('t0').toDelta()),
    show(doc.getText('t1').toDelta()),
    show(doc.getMap('m').toJSON()),
    show(doc.getArray('a').toJSON()),
    doc.getXmlFragment('x').toString(),
    show(Object.fromEntries(Y.decodeStateVector(Y.encodeStateVector(doc)))),
    doc.store.pendingStructs || doc.store.pendingDs ? 'pending' : 'complete',
  ];
}

/** Whether the updates, one after the other, amount to the same as the others: empty if they do. */
function compare({ updates, with: others }) {
  const want = everything(load(...others.map(bytes)));
  const got = everything(load(...updates.map(bytes)));
  const different = want.findIndex((value, i) => value !== got[i]);
  return { difference: different < 0 ? '' : `want ${want[different]}\ngot  ${got[different]}` };
}

/** Whether Yjs reads an update. */
function reads({ update }) {
  try {
    load(bytes(update));
    return { read: true };
  } catch {
    return { read: false };
  }
}

const answers = { scenario, compare, reads };
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  console.log(JSON.stringify(answers[question.ask](question)));
}
