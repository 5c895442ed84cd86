/**
 * The subscriptions that an engine has not been told of yet. Changes of one channel that cancel out leave nothing to tell:
 * however many clients come and go while an engine is away, no more is held than channels that are wanted now or that the
 * engine knows.
 *
 * The changes of one channel alternate, because a channel is subscribed for the first connection that needs it and
 * unsubscribed after the last.
 */
export class SubscriptionChanges {
  /** By channel, whether it is wanted now. */
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

  /** Removes and yields each channel with whether it is wanted. The rest stays once there is no room for it. */
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
