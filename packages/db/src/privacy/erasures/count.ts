import type { Tx } from "../../tenancy/actor.ts";
import { inRestored } from "../../archives/restored.ts";
import type { UserRow } from "../../people/users/find.ts";
import { isAfter, isUsedByOthers, nextAuthor } from "../../people/authorship.ts";
import { addCounts, type Counts, restoredTable, type What } from "./lines.ts";

type Row = { table_name: string; what: What; rows: number };

/** The person's conversations with whose they become, and the messages that are under the person's key. */
const talk = `
  own as materialized (
    select a.id, a.activity_type, f.*
    from activities a left join lateral (${nextAuthor("a.id")}) f on a.activity_type = 'conversation'
    where a.org_id = $1 and a.user_id = $2
  ),
  said as materialized (
    select case when o.id is not null and o.next_id is null then 'erased'
      when m.sender_type = 'twin' and ${isAfter("m", "o")} then 'passed_on' else 'emptied' end as what
    from messages m left join own o on o.id = m.conversation_id
    where m.org_id = $1 and m.user_id = $2
  )`;

/** Activities and what hangs on them: of live rows, and by the same statement of restored ones. */
const goingOfActivities = `
  with ${talk}
  select 'activities' as table_name, case when next_id is null then 'erased' else 'passed_on' end as what, count(*)::int as rows
  from own group by 2
  union all
  select 'conversations', case when next_id is null then 'erased' else 'passed_on' end, count(*)::int
  from own where activity_type = 'conversation' group by 2
  union all
  select 'conversations', 'emptied', count(*)::int
  from conversations where org_id = $1 and summary_author_ids is not null and $2::uuid = any (summary_author_ids)
  union all
  select 'messages', what, count(*)::int from said group by 2
  union all
  select 'messages', 'erased', count(*)::int
  from own o join messages m on m.org_id = $1 and m.conversation_id = o.id and m.user_id is null where o.next_id is null
  union all
  select 'documents', 'erased', count(*)::int from documents where org_id = $1 and user_id = $2
  union all
  select 'queries', 'erased', count(*)::int from queries where org_id = $1 and user_id = $2
  union all
  select 'shared_twin_interactions', case when o.next_id is null or t.user_id = o.next_id then 'erased' else 'passed_on' end, count(*)::int
  from own o join shared_twin_interactions i on i.org_id = $1 and i.activity_id = o.id
  left join twins t on t.org_id = $1 and t.id = i.twin_id group by 2
  union all
  select 'shared_twin_interactions', 'emptied', count(*)::int
  from shared_twin_interactions where org_id = $1 and twin_owner_id = $2 and accessing_user_id <> $2
  union all
  select 'feature_events', 'erased', count(*)::int from feature_events where org_id = $1 and user_id = $2`;

const going = `
  with own as materialized (
    select a.id, f.next_id from activities a
    left join lateral (${nextAuthor("a.id")}) f on a.activity_type = 'conversation' where a.org_id = $1 and a.user_id = $2
  ),
  twin as materialized (
    select t.id, ${isUsedByOthers("t.id")} as stays from twins t where t.org_id = $1 and t.user_id = $2
  )
  select 'sessions' as table_name, 'erased' as what, count(*)::int as rows from sessions where org_id = $1 and user_id = $2
  union all
  select 'twins', case when stays then 'emptied' else 'erased' end, count(*)::int from twin group by 2
  union all
  select 'twin_installations', 'erased', count(*)::int
  from twin t join twin_installations i on i.org_id = $1 and i.twin_id = t.id where not t.stays
  union all
  select 'external_ids', 'erased', count(*)::int
  from (
    select id from own where next_id is null union all select id from twin where not stays union all select $2::uuid
    union all select id from sessions where org_id = $1 and user_id = $2
    union all select id from feature_events where org_id = $1 and user_id = $2
  ) r join external_ids e on e.org_id = $1 and e.id = r.id
  union all
  select 'exports', 'erased', count(*)::int from exports where org_id = $1 and user_id = $2
  union all
  select 'user_keys', 'erased', count(*)::int from user_keys where org_id = $1 and user_id = $2
  union all
  select 'users', 'erased', count(*)::int from users where org_id = $1 and id = $2`;

/** Facts of open days go with the person; sealed ones stay as numbers of nobody. */
const figures = (what: string) => `
  select '${what}' as table_name, case when is_sealed(f.day, o) then 'kept' else 'erased' end as what, count(*)::int as rows
  from (select ${what === "feature_usage" ? "usage_date" : what === "monthly_user_stats" ? "month" : "day"} as day
    from ${what} where org_id = $1 and n = $2) f
  join organizations o on o.id = $1 group by 2`;

const staying = `
  ${figures("user_days")} union all ${figures("feature_usage")} union all ${figures("monthly_user_stats")}
  union all
  select 'daily_metrics', 'kept', count(distinct f.day)::int from user_days f join organizations o on o.id = $1
  where f.org_id = $1 and f.n = $2 and is_sealed(f.day, o)
  union all
  select 'tombstones', 'kept', count(*)::int from tombstones
  where org_id = $1 and erasure_id in (select id from erasures where org_id = $1 and user_id = $3)
  union all
  select 'audit_log', 'kept', count(*)::int from audit_log where org_id = $1 and object_type = 'user' and object_id = $3::text`;

/** What stays of a person, and what of their figures goes, as it is now. */
export function countFigures(tx: Tx, { id, n }: Pick<UserRow, "id" | "n">): Promise<Row[]> {
  return tx.query<Row>({ name: "erasure_stays", text: staying, values: [tx.org_id, n, id] });
}

/** What an erasure would take from each table, and what would stay, without changing anything. */
export async function countErasure(tx: Tx, user: Pick<UserRow, "id" | "n">): Promise<Counts> {
  const counts: Counts = {};
  const add = (rows: readonly Row[], nameOf = (table: string) => table) => {
    for (const { table_name, what, rows: found } of rows) addCounts(counts, nameOf(table_name), what, found);
  };
  const ofActivities = () =>
    tx.query<Row>({ name: "erasure_goes_of_activities", text: goingOfActivities, values: [tx.org_id, user.id] });
  add(await ofActivities());
  add(await tx.query<Row>({ name: "erasure_goes", text: going, values: [tx.org_id, user.id, user.n] }));
  add(await inRestored(tx, ofActivities), restoredTable);
  add(await countFigures(tx, user));
  return counts;
}
