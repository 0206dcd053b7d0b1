import type { Keep } from "@twin/contracts/policies";
import { sql } from "drizzle-orm";
import type { Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { ensureDataKeys } from "../../tenancy/encryption/data-keys.ts";
import { aadOf, sealText } from "../../tenancy/encryption/text.ts";
import type { Summary } from "./conversation.ts";
import type { DueConversation } from "./due.ts";

/** A due conversation with its new summary; null: nothing in it could be quoted, an earlier summary stays. */
export type Summarised = { conversation: DueConversation; summary: Summary | null };

const storeTexts = statement(
  "archives.store_summaries",
  {
    org_id: "int",
    ids: "uuid[]",
    summaries: "bytea[]",
    models: "text[]",
    until: "timestamptz[]",
    now: "timestamptz",
    keep: "text",
  },
  {},
  (p) => sql`
    update conversations c
    set summarised_at = ${p.now}, summarised_until = s.until, summary_keep = ${p.keep},
      summary = coalesce(s.summary, c.summary),
      summary_model = case when s.summary is null then c.summary_model else s.model end
    from unnest(${p.ids}, ${p.summaries}, ${p.models}, ${p.until}) s (id, summary, model, until)
    where c.org_id = ${p.org_id} and c.activity_id = any (${p.ids}) and c.activity_id = s.id`,
);

const storeAuthors = statement(
  "archives.store_summary_authors",
  { org_id: "int", ids: "uuid[]", authors: "uuid[]" },
  {},
  (p) => sql`
    update conversations c
    set summary_author_ids = array(select unnest(c.summary_author_ids) union select unnest(s.authors) order by 1)
    from (
      select id, array_agg(author) as authors from unnest(${p.ids}, ${p.authors}) s (id, author) group by id
    ) s
    where c.org_id = ${p.org_id} and c.activity_id = any (${p.ids}) and c.activity_id = s.id`,
);

/**
 * Stores summaries, encrypted under the key of each activity's user. They may hold words of others: an erasure deletes the
 * summaries that hold a person's words. Counts, title and topic stay as they are.
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
  await tx.query(
    storeTexts({
      org_id: tx.org_id,
      ids: summarised.map(({ conversation }) => conversation.id),
      summaries: summarised.map(({ conversation, summary }) =>
        summary
          ? sealText(
              keys.get(conversation.user_id)!,
              aadOf("conversations", "summary", tx.org_id, conversation.id),
              summary.text,
            )
          : null,
      ),
      models: summarised.map(({ summary }) => summary?.model ?? null),
      until: summarised.map(({ conversation }) => conversation.last_at),
      now: now.toISOString(),
      keep: `${keep.count} ${keep.unit}`,
    }),
  );
  const words = summarised.flatMap(({ conversation: { id, user_id, author_ids } }) =>
    author_ids.flatMap((author) => (author === user_id ? [] : [{ id, author }])),
  );
  if (words.length === 0) return;
  await tx.query(
    storeAuthors({ org_id: tx.org_id, ids: words.map(({ id }) => id), authors: words.map(({ author }) => author) }),
  );
}

/** Rows that were deleted, and about how many bytes they took. */
export type Deleted = { rows: number; bytes: number };

const deleteMessages = statement(
  "archives.delete_summarised",
  { org_id: "int", ids: "uuid[]", most: "int" },
  { rows: "int", bytes: "bigint" },
  (p) => sql`
    with gone as (
      delete from messages m using conversations c
      where c.org_id = ${p.org_id} and c.activity_id = any (${p.ids}) and m.org_id = ${p.org_id} and m.conversation_id = any (${p.ids})
        and m.conversation_id = c.activity_id and m.created_at <= c.summarised_until
        and (cardinality(${p.ids}) > 1 or m.id <= coalesce((
          select n.id from messages n where n.org_id = ${p.org_id} and n.conversation_id = (${p.ids})[1] order by n.id offset ${p.most} - 1 limit 1
        ), m.id))
      returning pg_column_size(m.*) as bytes
    )
    select count(*)::int as rows, coalesce(sum(bytes), 0)::bigint as bytes from gone`,
);

/**
 * Deletes all messages that stored summaries cover; of a single conversation only the first `most`, and then `rows` says
 * that there may be more.
 */
export async function deleteSummarised(tx: Tx, ids: readonly string[], most: number): Promise<Deleted> {
  const [row] = await tx.query(deleteMessages({ org_id: tx.org_id, ids, most }));
  return row!;
}
