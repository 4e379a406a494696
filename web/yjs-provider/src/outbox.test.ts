import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { Outbox } from './outbox.js';

/** An outbox with the edits of some typing, and the document that was typed in. */
function typed(...texts: string[]): { outbox: Outbox; doc: Y.Doc } {
  const [outbox, doc] = [new Outbox(), new Y.Doc()];
  doc.on('update', (update) => outbox.add(update));
  for (const text of texts) doc.getText('code').insert(doc.getText('code').length, text);
  return { outbox, doc };
}

function textOf(...updates: (Uint8Array | undefined)[]): string {
  const doc = new Y.Doc();
  for (const update of updates) if (update) Y.applyUpdate(doc, update);
  return doc.getText('code').toJSON();
}

test('what has gathered goes as one update', () => {
  const { outbox } = typed('warp ', 'and ', 'weft');
  expect(textOf(outbox.take())).toBe('warp and weft');
  expect(outbox.take()).toBeUndefined(); // one at a time
  expect(outbox.size).toBe(3); // not acknowledged yet
  outbox.acknowledge();
  expect(outbox.size).toBe(0);
  expect(outbox.take()).toBeUndefined();
});

test('what was made meanwhile stays', () => {
  const { outbox, doc } = typed('warp');
  const first = outbox.take();
  doc.getText('code').insert(4, ' and weft');
  outbox.acknowledge();
  expect(outbox.size).toBe(1);
  expect(textOf(first, outbox.take())).toBe('warp and weft');
});

test('what may be lost is taken again, with what came after', () => {
  const { outbox, doc } = typed('warp');
  outbox.take();
  doc.getText('code').insert(4, ' and weft');
  outbox.putBack();
  expect(textOf(outbox.take())).toBe('warp and weft');
});

test('much goes in parts', () => {
  const { outbox } = typed('a'.repeat(200_000), 'b'.repeat(200_000), 'c'.repeat(400_000));
  const parts: Uint8Array[] = [];
  for (let part = outbox.take(); part; part = outbox.take()) {
    parts.push(part);
    outbox.acknowledge();
  }
  expect(parts.map((part) => Math.round(part.length / 100_000))).toEqual([2, 2, 4]);
  expect(textOf(...parts)).toHaveLength(800_000);
});
