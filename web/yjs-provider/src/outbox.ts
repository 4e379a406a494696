import * as Y from 'yjs';

/** About how many bytes are sent at once; a single edit may be larger. */
const most = 256 * 1024;

/** Edits that the server has not acknowledged yet, in the order in which they were made. */
export class Outbox {
  #edits: Uint8Array[] = [];
  #sent = 0; // how many of them are on their way

  /** How many edits are not acknowledged. */
  get size(): number {
    return this.#edits.length;
  }

  add(edit: Uint8Array): void {
    this.#edits.push(edit);
  }

  /** Takes the edits that come next as one update; undefined when there is none, or some are on their way already. */
  take(): Uint8Array | undefined {
    if (this.#sent > 0 || this.#edits.length === 0) return undefined;
    let bytes = 0;
    while (this.#sent < this.#edits.length && (this.#sent === 0 || bytes + this.#edits[this.#sent]!.length <= most))
      bytes += this.#edits[this.#sent++]!.length;
    const batch = this.#edits.slice(0, this.#sent);
    return batch.length === 1 ? batch[0] : Y.mergeUpdates(batch);
  }

  /** What was taken has been acknowledged. */
  acknowledge(): void {
    this.#edits.splice(0, this.#sent);
    this.#sent = 0;
  }

  /** What was taken may be lost: it will be taken again. */
  putBack(): void {
    this.#sent = 0;
  }
}
