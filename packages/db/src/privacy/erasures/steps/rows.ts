import { forgetNames, note, type Step } from "./step.ts";

/** Rows that are the person's alone, of a table whose id carries their time. */
const takeRows =
  (table: "sessions" | "feature_events", at: string): Step =>
  async (work) => {
    const { tx, user_id, n, dirty } = work;
    const gone = await tx.query<{ id: string; at: string }>({
      name: `erase_${table}`,
      text: `delete from ${table} r
        using (select id from ${table} where org_id = $1 and user_id = $2 order by id limit $3::int) g
        where r.org_id = $1 and r.user_id = $2 and r.id = g.id returning r.id, r.${at} as at`,
      values: [tx.org_id, user_id, work.limit],
    });
    dirty.mark(n, ...gone.map((row) => row.at));
    await forgetNames(
      work,
      gone.map(({ id }) => id),
    );
    note(work, table, "erased", gone.length);
    return gone.length;
  };

/** Takes the person's sessions, once no moment is left that another would be derived from. */
export const takeSessions = takeRows("sessions", "started_at");
/** Takes the features that the person used. */
export const takeFeatureEvents = takeRows("feature_events", "used_at");

/** Others' use of the person's twins stays, without saying whose they were. */
export const takeOwnership: Step = async (work) => {
  const { tx, user_id } = work;
  const left = await tx.query({
    name: "erase_twin_owner",
    text: `update shared_twin_interactions i set twin_owner_id = null
      from (select activity_id from shared_twin_interactions where org_id = $1 and twin_owner_id = $2 order by activity_id limit $3::int) g
      where i.org_id = $1 and i.activity_id = g.activity_id returning 1`,
    values: [tx.org_id, user_id, work.limit],
  });
  note(work, "shared_twin_interactions", "emptied", left.length);
  return left.length;
};

/** Summaries of others' conversations that may hold the person's words go; who else wrote in them stays known. */
export const takeSummaries: Step = async (work) => {
  const { tx, user_id } = work;
  const emptied = await tx.query({
    name: "erase_summaries",
    text: `update conversations c set summary = null, summary_model = null,
        summary_author_ids = nullif(array_remove(c.summary_author_ids, $2::uuid), '{}')
      from (
        select activity_id from conversations
        where org_id = $1 and summary_author_ids is not null and $2::uuid = any (summary_author_ids) order by activity_id limit $3::int
      ) g
      where c.org_id = $1 and c.activity_id = g.activity_id returning 1`,
    values: [tx.org_id, user_id, work.limit],
  });
  note(work, "conversations", "emptied", emptied.length);
  return emptied.length;
};
