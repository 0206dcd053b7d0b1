import type { Actor } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { planDueMessages, readDue } from "../../archives/summaries/due.ts";
import { readPage, summarisePage } from "../../archives/summaries/page.ts";
import { deleteSummarised, storeSummaries, type Summarised } from "../../archives/summaries/store.ts";
import { readPolicies } from "../../policies/policies.ts";
import { addToReport } from "../../policies/report.ts";
import { type Step, type StepContext } from "../step.ts";
import { inPurge } from "../../policies/purge.ts";

/** Messages that one transaction deletes at most. */
const atOnce = 5_000;

const nil = "00000000-0000-0000-0000-000000000000";

/**
 * Summarises conversations whose messages are older than the policy, then deletes the messages. A summary is stored before
 * or with the first deletion, and is made of exactly the messages that are deleted. A message that came later to a
 * conversation stays beside its summary until it is due itself; then a summary of both replaces the first.
 */
export const messagesStep: Step = {
  data_type: "messages",
  plan: planDueMessages,
  async run(db, actor, context) {
    const { now, signal, reached, summarise } = context;
    const totals = { summarised: 0, by_model: 0 };
    for (let after: string | null = nil; after !== null;) {
      if (signal.aborted) return { status: "stopped" };
      const page = await readPage(db, actor, after, now);
      if (page === null) break;
      if (summarise === null) {
        if (page.due.length > 0)
          return { status: "refused", reason: "conversations are summarised by the worker only" };
        after = page.next;
        continue;
      }
      await reached("messages:read");
      const summarised = await summarisePage(page, summarise, signal).catch((error: unknown) => {
        if (signal.aborted) return null;
        throw error;
      });
      if (summarised === null) return { status: "stopped" };
      await reached("messages:summarised");
      for (const part of parts(summarised)) {
        for (let left = true; left;) {
          if (signal.aborted) return { status: "stopped" };
          left = await purge(db, actor, part, totals, context);
          await reached("messages:committed");
        }
      }
      after = page.next;
    }
    return { status: "done" };
  },
};

/** Conversations whose messages one transaction can delete together; one with more messages than that is alone. */
function* parts(all: readonly Summarised[]): Generator<Summarised[]> {
  let part: Summarised[] = [];
  let size = 0;
  for (const one of all) {
    if (part.length > 0 && size + one.conversation.messages > atOnce) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(one);
    size += one.conversation.messages;
  }
  if (part.length > 0) yield part;
}

/**
 * Stores summaries of those conversations that are still due and still hold the messages that were read, and deletes
 * messages that stored summaries cover.
 * @returns whether there may be more to delete
 */
async function purge(
  db: Database,
  actor: Actor,
  part: readonly Summarised[],
  totals: { summarised: number; by_model: number },
  { now, reached }: StepContext,
): Promise<boolean> {
  const ids = part.map(({ conversation }) => conversation.id);
  const done = await inPurge(db, actor, "messages", now, async (tx, what) => {
    const due = new Map((await readDue(tx, ids, what)).map((one) => [one.id, one]));
    const unread = part.filter(
      ({ conversation: { id, digest, fresh } }) => fresh > 0 && due.get(id)?.digest === digest,
    );
    const policies = await readPolicies(tx, now);
    // Where activities are kept for shorter, their messages are deleted with them.
    const { keep } = policies[policies.messages.cut === policies.activities.cut ? "activities" : "messages"];
    await storeSummaries(db, tx, unread, keep, now);
    await reached("messages:stored");
    const told = ids.filter((id) => due.get(id)?.fresh === 0);
    const gone = await deleteSummarised(tx, [...told, ...unread.map(({ conversation }) => conversation.id)], atOnce);
    const details = {
      summarised: totals.summarised + unread.length,
      by_model: totals.by_model + unread.filter(({ summary }) => summary?.model).length,
    };
    if (gone.rows > 0)
      await addToReport(tx, "messages", what.cut, { rows: { messages: gone.rows }, bytes: gone.bytes, details }, now);
    await reached("messages:deleted");
    return { left: part.length === 1 && gone.rows === atOnce, details };
  });
  if (done) Object.assign(totals, done.details);
  return done?.left ?? false;
}
