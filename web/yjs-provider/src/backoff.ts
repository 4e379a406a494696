/** How long to wait before an attempt, in milliseconds; attempts count from 0. */
export type BackOff = (attempt: number) => number;

/** Half a second at first, twice as long each time, half a minute at most; up to half of it left to chance. */
export const defaultBackOff: BackOff = (attempt) => {
  const most = Math.min(30_000, 500 * 2 ** Math.min(attempt, 10));
  return most / 2 + (Math.random() * most) / 2;
};

/** One thing that will be done later, unless something else comes first. */
export class Later {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Does it in so many milliseconds, in place of what was to be done before. */
  set(milliseconds: number, then: () => void): void {
    this.cancel();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      then();
    }, milliseconds);
  }

  /** Whether something waits. */
  get waits(): boolean {
    return this.#timer !== undefined;
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
