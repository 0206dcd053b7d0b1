import { isId } from "@twin/contracts/wire";
import type { NestedMessage, RecordOf } from "@twin/contracts/ingest";
import { mapInTurns } from "../../postgres/turns.ts";
import { mintId } from "../../postgres/uuid-time.ts";
import { type Batch, checkEventTime, checkNotAhead } from "./batch.ts";
import type { ActivityEntry, Entry, MessageEntry } from "./parse.ts";
import { unknown } from "./references.ts";
import type { ActivityState } from "./stored-activities.ts";

export type ParentConversation = { id: string; user_id: string; n: number; started_at: string; isNew: boolean };
/** A message with its conversation, and its id in that. */
export type Arrived = MessageEntry & { conversation: ParentConversation; key: string; id: string };

/** The part of an id that doesn't come from its time: with the conversation, it identifies a message. */
export const tailOf = (id: string) => id.slice(14);

/** The messages of a batch, those inside activities and those by themselves; a message without a conversation is refused. */
export async function readArrived(
  batch: Batch,
  activities: readonly ActivityEntry[],
  stored: Map<number, ActivityState>,
  alone: readonly Entry<RecordOf<"message">>[],
): Promise<Arrived[]> {
  return [...(await nested(batch, activities, stored)), ...(await standalone(batch, alone))];
}

/** Messages inside activities that could be stored; those of a refused activity are refused with it. */
async function nested(
  batch: Batch,
  activities: readonly ActivityEntry[],
  stored: Map<number, ActivityState>,
): Promise<Arrived[]> {
  const inside = activities.flatMap(({ index, messages }) => {
    const activity = stored.get(index);
    if (!activity) return [];
    const conversation = {
      id: activity.id,
      user_id: activity.user.id,
      n: activity.user.n,
      started_at: activity.started_at,
      isNew: activity.isNew,
    };
    return messages.map((entry) => ({ entry, conversation }));
  });
  return (await mapInTurns(inside, ({ entry, conversation }) => arrive(batch, entry, conversation))).flat();
}

async function standalone(batch: Batch, alone: readonly Entry<RecordOf<"message">>[]): Promise<Arrived[]> {
  if (alone.length === 0) return [];
  const { tx, references, outcomes } = batch;
  const wanted = [...new Set(alone.map(({ record }) => record.conversation))];
  const idOf = (key: string) => references.idOf("activity", key) ?? (isId(key) ? key.toLowerCase() : undefined);
  const ids = wanted.flatMap((key) => idOf(key) ?? []);
  const rows = await tx.query<ParentConversation>({
    name: "load_conversations",
    text: `select a.id, a.user_id, u.n, a.started_at, false "isNew" from activities a join users u on u.org_id = $1 and u.id = a.user_id
      where a.org_id = $1 and a.id = any($2::uuid[]) and a.activity_type = 'conversation'`,
    values: [tx.org_id, ids],
  });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return alone.flatMap(({ index, record }) => {
    const conversation = byId.get(idOf(record.conversation) ?? "");
    if (!conversation) {
      outcomes.reject(index, unknown("activity", record.conversation, "conversation"));
      return [];
    }
    return arrive(batch, { index, record }, conversation);
  });
}

/** A message in its conversation with its id, which carries its time: one at an impossible time is refused here. */
function arrive(batch: Batch, entry: MessageEntry, conversation: ParentConversation): Arrived[] {
  const named = batch.outcomes.attempt(
    entry.index,
    () => {
      checkEventTime(batch, "created_at", entry.record.created_at);
      checkNotAhead(batch, "edited_at", entry.record.edited_at);
      return identify(batch, conversation.id, entry.record);
    },
    entry.path,
  );
  return named ? [{ ...entry, conversation, ...named }] : [];
}

function identify({ tx, source }: Batch, conversationId: string, record: NestedMessage): { id: string; key: string } {
  const id = mintId(
    Date.parse(record.created_at),
    String(tx.org_id),
    "message",
    conversationId,
    source,
    record.external_id,
  );
  return { id, key: `${conversationId}/${tailOf(id)}` };
}
