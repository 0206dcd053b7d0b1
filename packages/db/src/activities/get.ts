import type { ActivityDetail, ActivityInput } from "@twin/contracts/activities";
import type { Keep, KeepUnit } from "@twin/contracts/policies";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { readArchivedMonths, readRestorations } from "../archives/list.ts";
import { inBoth, inRestored } from "../archives/restored.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { type ActivityRow, readActivity, readMessages, readReadings } from "./detail-rows.ts";
import { idsOf, readRange, type Selection, selectionOf } from "./filter.ts";
import { composed } from "../postgres/statement.ts";
import { readItems } from "./list.ts";
import { personFor, seesPeople } from "../people/masking.ts";
import { timeOf } from "../postgres/uuid-time.ts";
import { seesTitles, withoutTitles } from "../people/titles.ts";
import { closedWords, openWords, type Words } from "./words.ts";

type Neighbours = Pick<ActivityDetail, "older_id" | "newer_id">;

const neighbours = composed(
  "activities.neighbours",
  {},
  { older_id: "uuid?", newer_id: "uuid?" },
  (_, selection: Selection, id: string) => {
    const older = idsOf(selection, { newest: "first", limit: 1, beyond: sql` and a.id < ${id}::uuid` });
    const newer = idsOf(selection, { newest: "last", limit: 1, beyond: sql` and a.id > ${id}::uuid` });
    return sql`select (${older}) as older_id, (${newer}) as newer_id`;
  },
);

/** The next older and next newer activity under the same filters. */
async function readNeighbours(tx: Tx, selection: Selection, id: string): Promise<Neighbours> {
  const withRestored = (await readRestorations(tx)).some(({ status }) => status === "done");
  const found = (await inBoth(tx, withRestored, () => tx.query(neighbours({}, selection, id)))).flat();
  const ids = (side: keyof Neighbours) => found.flatMap((row) => row[side] ?? []).sort();
  return { older_id: ids("older_id").at(-1) ?? null, newer_id: ids("newer_id")[0] ?? null };
}

const hasText = (sealed: Buffer | null): boolean => sealed !== null;

/** A policy's time as a summary stores it: `1 year`. */
function keepOf(text: string | null): Keep | null {
  const [count, unit] = text?.split(" ") ?? [];
  return count && unit ? { count: Number(count), unit: unit as KeepUnit } : null;
}

function documentOf(row: ActivityRow, words: Words): ActivityDetail["document"] {
  const { document } = row;
  if (!document) return null;
  const { sealed, ...rest } = document;
  return { ...rest, content: words.text(sealed), has_content: hasText(sealed), length: words.length(sealed) };
}

function queryOf(row: ActivityRow, words: Words): ActivityDetail["query"] {
  if (!row.query) return null;
  const { query_sealed, info_sealed, ...rest } = row.query;
  return {
    ...rest,
    query_text: words.text(query_sealed),
    retrieved_info: words.text(info_sealed),
    has_content: hasText(query_sealed) || hasText(info_sealed),
    length: words.length(query_sealed),
    sources_count: row.query.sources?.length ?? 0,
  };
}

function sharedOf(row: ActivityRow, words: Words, actor: Actor): ActivityDetail["shared"] {
  if (!row.shared) return null;
  const { sealed, accessing_user, twin_owner, interaction_purpose, was_helpful, created_at } = row.shared;
  return {
    accessing_user: personFor(actor, accessing_user),
    twin_owner: personFor(actor, twin_owner),
    interaction_purpose,
    interaction_summary: words.text(sealed),
    has_content: hasText(sealed),
    was_helpful,
    created_at,
  };
}

async function readWhole(tx: Tx, id: string) {
  const row = await readActivity(tx, id);
  return { row, messages: row?.conversation ? await readMessages(tx, id) : { rows: [], left: 0 } };
}

/** The error for an id that is neither live nor restored: its month may be archived, wholly or partly. */
async function notFound(tx: Tx, id: string): Promise<DomainError> {
  const month = new Date(timeOf(id)).toISOString().slice(0, 7);
  // A made-up id may carry a time that has no month.
  const archived = /^\d{4}-/.test(month) && (await readArchivedMonths(tx, { from: month, to: month })).length > 0;
  const hint = archived ? `; ${month} is archived: if it was in that month, restore the month to read it` : "";
  return new DomainError("NOT_FOUND", `no such activity${hint}`, { path: "id" });
}

/**
 * One activity with its detail, session, twin and people. API keys may give a reason, as in `revealActivity`. Members may
 * not: a link on another site could make their browser read text.
 * @throws BAD_REQUEST for a member's reason; NOT_FOUND, also for another organisation's
 */
export async function getActivity(
  db: Database,
  actor: Actor,
  input: ActivityInput,
  now: Date,
): Promise<ActivityDetail> {
  if (input.reason !== undefined && actor.kind === "member")
    throw new DomainError(
      "BAD_REQUEST",
      'only an API key gives a reason here: send {"reason": …} by POST to /api/activities/{id}/reading (activities.reveal)',
      { path: "reason" },
    );
  return revealActivity(db, actor, input, now);
}

/**
 * One activity with its encrypted text opened, for actors with `content.read` who give a reason. The audit row is written
 * in the same transaction, so no text is read without one.
 * @throws NOT_FOUND, also for another organisation's
 */
export function revealActivity(db: Database, actor: Actor, input: ActivityInput, now: Date): Promise<ActivityDetail> {
  const { id, reason, ...filter } = input;
  const may_reveal = actor.kind !== "system" && actor.permissions.includes("content.read");
  return inTenant(db, actor, async (tx) => {
    const [item] = await readItems(tx, actor, [id]);
    if (!item) throw await notFound(tx, id);
    const read = () => readWhole(tx, id);
    const { row, messages } = item.restored ? await inRestored(tx, read) : await read();
    if (!row) throw new DomainError("NOT_FOUND", "no such activity", { path: "id" });
    const reveal = may_reveal && reason !== undefined;
    if (reveal) await recordAudit(tx, { action: "content.read", object_type: "activity", object_id: id, reason });
    const words = reveal ? await openWords(db, tx, row, messages.rows) : closedWords;

    const range = await readRange(tx, filter, now);
    const bounded = filter.start_date !== undefined || filter.weekday_hour !== undefined;
    const selection = await selectionOf(tx, actor, filter, bounded ? range : null);
    const { conversation, user, twin } = row;
    const detail: ActivityDetail = {
      ...item,
      ended_at: row.ended_at,
      metadata: row.metadata,
      metadata_fields: Object.keys(row.metadata ?? {}).length,
      masked: !reveal,
      may_reveal,
      timezone: range.timezone,
      user: personFor(actor, user),
      twin: {
        id: item.twin_id,
        name: item.twin_name,
        is_shared: twin?.is_shared ?? false,
        owner: personFor(actor, twin?.owner ?? null),
      },
      session: row.session,
      conversation: conversation && {
        title: conversation.title,
        topic: conversation.topic,
        message_count: conversation.message_count,
        total_tokens: conversation.total_tokens,
        summary: words.text(conversation.sealed),
        summary_length: words.length(conversation.sealed),
        summarised_at: conversation.summarised_at,
        summarised_until: conversation.summarised_until,
        summarised_after: keepOf(conversation.summary_keep),
        summary_model: conversation.summary_model,
        messages_gone: conversation.summarised_at
          ? Math.max(0, conversation.message_count - messages.rows.length - messages.left)
          : 0,
        messages: messages.rows.map((message) => ({
          id: message.id,
          sender_type: message.sender_type,
          sender_name: message.sender_type === "twin" ? item.twin_name : (message.author ?? "Deleted user"),
          content: words.text(message.sealed),
          has_content: hasText(message.sealed),
          is_erased: message.user_id === null,
          length: words.length(message.sealed),
          token_count: message.token_count,
          created_at: message.created_at,
          is_edited: message.is_edited,
          edited_at: message.edited_at,
        })),
        messages_left: messages.left,
      },
      document: documentOf(row, words),
      query: queryOf(row, words),
      shared: sharedOf(row, words, actor),
      readings: seesPeople(actor) ? await readReadings(tx, id) : [],
      ...(await readNeighbours(tx, selection, id)),
    };
    // An actor with a reason to read the text may read its title, too.
    return reveal || seesTitles(actor) ? detail : withoutTitles(detail);
  });
}
