/**
 * What stands in a field that an address follows, a moment behind it: what is typed stays while its own answer is on
 * the way, and another address, as by Back, sets it. Bound, so that what was typed before the page's code came is kept.
 */
export class Typed<Value> {
  value: Value;
  #sent: Value;

  /** `inAddress` says what the open address asks for. */
  constructor(inAddress: () => Value) {
    this.value = $state(inAddress());
    this.#sent = inAddress();
    $effect(() => {
      const now = inAddress();
      if (now !== this.#sent) this.value = this.#sent = now;
    });
  }

  /** Says what was sent, just before it is. */
  sends(value: Value): void {
    this.#sent = value;
  }
}
