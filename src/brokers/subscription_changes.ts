/**
 * A list of subscription changes that have not been sent to an engine yet. Two changes of one channel cancel out. While an
 * engine is away, the list therefore only grows to the number of channels that are wanted now or that the engine knows,
 * even if many clients connect and disconnect.
 *
 * The changes of one channel alternate: the first connection that needs a channel subscribes to it, and the last one that
 * leaves unsubscribes.
 */
export class SubscriptionChanges {
  /** Whether each changed channel is wanted now, by channel. */
  readonly #changes = new Map<string, boolean>();

  get size(): number {
    return this.#changes.size;
  }

  subscribe(channel: string): void {
    this.#change(channel, true);
  }

  unsubscribe(channel: string): void {
    this.#change(channel, false);
  }

  /** Removes and yields each channel, and whether it is wanted. If there is no more room, the rest stays in the list. */
  *take(has_room = () => true): Generator<readonly [channel: string, is_wanted: boolean]> {
    for (const change of this.#changes) {
      if (!has_room()) return;
      this.#changes.delete(change[0]);
      yield change;
    }
  }

  clear(): void {
    this.#changes.clear();
  }

  #change(channel: string, is_wanted: boolean): void {
    const cancels_out = this.#changes.get(channel) === !is_wanted;
    if (cancels_out) this.#changes.delete(channel);
    else this.#changes.set(channel, is_wanted);
  }
}
