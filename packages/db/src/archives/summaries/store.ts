import type { Keep } from "@twin/contracts/vocabulary";
import type { Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { ensureDataKeys } from "../../tenancy/encryption/data-keys.ts";
import { aadOf, sealText } from "../../tenancy/encryption/text.ts";
import type { Summary } from "./conversation.ts";
import type { DueConversation } from "./due.ts";

/** A due conversation with the summary that was made of it; null: nothing in it could be quoted, an earlier one stays. */
export type Summarised = { conversation: DueConversation; summary: Summary | null };

/**
 * Writes summaries, under the key of each activity's user, with whose words beside theirs they may hold: an erasure takes
 * the summaries that hold a person's words. Counts, title and topic stay as they are.
 */
export async function storeSummaries(
  db: Database,
  tx: Tx,
  summarised: readonly Summarised[],
  keep: Keep,
  now: Date,
): Promise<void> {
  if (summarised.length === 0) return;
  const keys = await ensureDataKeys(
    db,
    tx,
    summarised.flatMap(({ conversation, summary }) => (summary ? [conversation.user_id] : [])),
  );
  await tx.query({
    name: "store_summaries",
    text: `update conversations c
      set summarised_at = $6, summarised_until = s.until, summary_keep = $7,
        summary = coalesce(s.summary, c.summary),
        summary_model = case when s.summary is null then c.summary_model else s.model end
      from unnest($2::uuid[], $3::bytea[], $4::text[], $5::timestamptz[]) s (id, summary, model, until)
      where c.org_id = $1 and c.activity_id = any ($2::uuid[]) and c.activity_id = s.id`,
    values: [
      tx.org_id,
      summarised.map(({ conversation }) => conversation.id),
      summarised.map(({ conversation, summary }) =>
        summary
          ? sealText(
              keys.get(conversation.user_id)!,
              aadOf("conversations", "summary", tx.org_id, conversation.id),
              summary.text,
            )
          : null,
      ),
      summarised.map(({ summary }) => summary?.model ?? null),
      summarised.map(({ conversation }) => conversation.last_at),
      now.toISOString(),
      `${keep.count} ${keep.unit}`,
    ],
  });
  const words = summarised.flatMap(({ conversation: { id, user_id, author_ids } }) =>
    author_ids.flatMap((author) => (author === user_id ? [] : [{ id, author }])),
  );
  if (words.length === 0) return;
  await tx.query({
    name: "store_summary_authors",
    text: `update conversations c
      set summary_author_ids = array(select unnest(c.summary_author_ids) union select unnest(s.authors) order by 1)
      from (
        select id, array_agg(author) as authors from unnest($2::uuid[], $3::uuid[]) s (id, author) group by id
      ) s
      where c.org_id = $1 and c.activity_id = any ($2::uuid[]) and c.activity_id = s.id`,
    values: [tx.org_id, words.map(({ id }) => id), words.map(({ author }) => author)],
  });
}

/** Rows that went, and about how many bytes they took. */
export type Deleted = { rows: number; bytes: number };

/**
 * Deletes all messages of conversations whose stored summary tells of them, or of a single one the first `most`: then
 * `rows` says that there may be more.
 */
export async function deleteSummarised(tx: Tx, ids: readonly string[], most: number): Promise<Deleted> {
  const [row] = await tx.query<Deleted>({
    name: "delete_summarised",
    text: `with gone as (
        delete from messages m using conversations c
        where c.org_id = $1 and c.activity_id = any ($2::uuid[]) and m.org_id = $1 and m.conversation_id = any ($2::uuid[])
          and m.conversation_id = c.activity_id and m.created_at <= c.summarised_until
          and (cardinality($2::uuid[]) > 1 or m.id <= coalesce((
            select n.id from messages n where n.org_id = $1 and n.conversation_id = ($2::uuid[])[1] order by n.id offset $3 - 1 limit 1
          ), m.id))
        returning pg_column_size(m.*) as bytes
      )
      select count(*)::int as rows, coalesce(sum(bytes), 0)::bigint as bytes from gone`,
    values: [tx.org_id, ids, most],
  });
  return row!;
}
