import { sql } from "drizzle-orm";
import { takeNames, note, type ErasureStep } from "./step.ts";
import { statement } from "../../../postgres/statement.ts";

/** Rows of a table that belong to the person alone, and whose id carries their time. */
const takeRows = (table: "sessions" | "feature_events", at: string): ErasureStep => {
  const eraseRows = statement(
    `privacy.erase_${table}`,
    { org_id: "int", user_id: "uuid", limit: "int" },
    { id: "uuid", at: "timestamptz" },
    (p) => sql`
      delete from ${sql.raw(table)} r
      using (select id from ${sql.raw(table)} where org_id = ${p.org_id} and user_id = ${p.user_id} order by id limit ${p.limit}) g
      where r.org_id = ${p.org_id} and r.user_id = ${p.user_id} and r.id = g.id returning r.id, r.${sql.raw(at)} as at`,
  );
  return async (work) => {
    const { tx, user_id, n, dirty } = work;
    const gone = await tx.query(eraseRows({ org_id: tx.org_id, user_id, limit: work.limit }));
    dirty.mark(n, ...gone.map((row) => row.at));
    await takeNames(
      work,
      gone.map(({ id }) => id),
    );
    note(work, table, "erased", gone.length);
    return gone.length;
  };
};

/** Deletes the person's sessions, once no moment is left from which another would be derived. */
export const takeSessions = takeRows("sessions", "started_at");
/** Deletes the uses of features of the person. */
export const takeFeatureEvents = takeRows("feature_events", "used_at");

const leaveOwner = statement(
  "privacy.erase_twin_owner",
  { org_id: "int", user_id: "uuid", limit: "int" },
  { gone: "int" },
  (p) => sql`
    update shared_twin_interactions i set twin_owner_id = null
    from (select activity_id from shared_twin_interactions where org_id = ${p.org_id} and twin_owner_id = ${p.user_id} order by activity_id limit ${p.limit}) g
    where i.org_id = ${p.org_id} and i.activity_id = g.activity_id returning 1 as gone`,
);

/** Others' use of the person's twins stays, without an owner. */
export const takeOwnership: ErasureStep = async (work) => {
  const { tx, user_id } = work;
  const left = await tx.query(leaveOwner({ org_id: tx.org_id, user_id, limit: work.limit }));
  note(work, "shared_twin_interactions", "emptied", left.length);
  return left.length;
};

const emptySummaries = statement(
  "privacy.erase_summaries",
  { org_id: "int", user_id: "uuid", limit: "int" },
  { gone: "int" },
  (p) => sql`
    update conversations c set summary = null, summary_model = null,
      summary_author_ids = nullif(array_remove(c.summary_author_ids, ${p.user_id}), '{}')
    from (
      select activity_id from conversations
      where org_id = ${p.org_id} and summary_author_ids is not null and ${p.user_id} = any (summary_author_ids) order by activity_id limit ${p.limit}
    ) g
    where c.org_id = ${p.org_id} and c.activity_id = g.activity_id returning 1 as gone`,
);

/** Deletes summaries of others' conversations that may hold the person's words; who else wrote in them stays known. */
export const takeSummaries: ErasureStep = async (work) => {
  const { tx, user_id } = work;
  const emptied = await tx.query(emptySummaries({ org_id: tx.org_id, user_id, limit: work.limit }));
  note(work, "conversations", "emptied", emptied.length);
  return emptied.length;
};
