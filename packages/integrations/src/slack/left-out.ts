/** Why whole threads stay outside. */
export const threadReasons = {
  without_named_bot: "in which no named bot speaks",
  without_person: "without a person",
  too_long: "whose first message here comes more than 366 days after their beginning",
} as const;
export type ThreadReason = keyof typeof threadReasons;

/** What stays outside of an import, and why: every message of every file of a channel is imported or counted here. */
export class LeftOut {
  readonly messages = new Map<string, number>();
  readonly threads = new Map<ThreadReason, { threads: number; messages: number }>();
  readonly folders = { folders: 0, messages: 0 };

  leave(reason: string, count = 1): void {
    if (count > 0) this.messages.set(reason, (this.messages.get(reason) ?? 0) + count);
  }

  leaveThreads(reason: ThreadReason, threads: number, messages: number): void {
    if (threads === 0) return;
    const before = this.threads.get(reason) ?? { threads: 0, messages: 0 };
    this.threads.set(reason, { threads: before.threads + threads, messages: before.messages + messages });
  }

  leaveFolder(messages: number): void {
    this.folders.folders++;
    this.folders.messages += messages;
  }

  /** How many messages that is, all together. */
  get total(): number {
    const sum = (counts: Iterable<number>) => [...counts].reduce((all, one) => all + one, 0);
    return (
      sum(this.messages.values()) +
      sum([...this.threads.values()].map(({ messages }) => messages)) +
      this.folders.messages
    );
  }

  toJSON() {
    return {
      messages: Object.fromEntries([...this.messages].toSorted()),
      threads: Object.fromEntries(this.threads),
      folders: this.folders,
    };
  }
}
