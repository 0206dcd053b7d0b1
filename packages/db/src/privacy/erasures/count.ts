import { type SQL, sql } from "drizzle-orm";
import { only, statement } from "../../postgres/statement.ts";
import type { Tx } from "../../tenancy/actor.ts";
import { inRestored } from "../../archives/restored.ts";
import type { UserRow } from "../../people/users/find.ts";
import { isAfter, isUsedByOthers, nextAuthor } from "../../people/authorship.ts";
import { addCounts, type Counts, restoredTable, type What } from "./lines.ts";

type Row = { table_name: string; what: What; rows: number };
const row = { table_name: "text", what: only<What>("text"), rows: "int" } as const;
type Person = { org_id: SQL; user_id: SQL };

/** The person's conversations with their next authors, and the messages under the person's key. */
const talk = (p: Person) => sql`
  own as materialized (
    select a.id, a.activity_type, f.*
    from activities a left join lateral (${nextAuthor(sql`a.id`, p)}) f on a.activity_type = 'conversation'
    where a.org_id = ${p.org_id} and a.user_id = ${p.user_id}
  ),
  said as materialized (
    select case when o.id is not null and o.next_id is null then 'erased'
      when m.sender_type = 'twin' and ${isAfter(sql`m`, sql`o`)} then 'passed_on' else 'emptied' end as what
    from messages m left join own o on o.id = m.conversation_id
    where m.org_id = ${p.org_id} and m.user_id = ${p.user_id}
  )`;

/** Activities and the rows that belong to them: of live rows, and by the same statement of restored ones. */
const goingOfActivities = statement(
  "privacy.erasure_goes_of_activities",
  { org_id: "int", user_id: "uuid" },
  row,
  (p) => sql`
    with ${talk(p)}
    select 'activities' as table_name, case when next_id is null then 'erased' else 'passed_on' end as what, count(*)::int as rows
    from own group by 2
    union all
    select 'conversations', case when next_id is null then 'erased' else 'passed_on' end, count(*)::int
    from own where activity_type = 'conversation' group by 2
    union all
    select 'conversations', 'emptied', count(*)::int
    from conversations where org_id = ${p.org_id} and summary_author_ids is not null and ${p.user_id} = any (summary_author_ids)
    union all
    select 'messages', what, count(*)::int from said group by 2
    union all
    select 'messages', 'erased', count(*)::int
    from own o join messages m on m.org_id = ${p.org_id} and m.conversation_id = o.id and m.user_id is null where o.next_id is null
    union all
    select 'documents', 'erased', count(*)::int from documents where org_id = ${p.org_id} and user_id = ${p.user_id}
    union all
    select 'queries', 'erased', count(*)::int from queries where org_id = ${p.org_id} and user_id = ${p.user_id}
    union all
    select 'shared_twin_interactions', case when o.next_id is null or t.user_id = o.next_id then 'erased' else 'passed_on' end, count(*)::int
    from own o join shared_twin_interactions i on i.org_id = ${p.org_id} and i.activity_id = o.id
    left join twins t on t.org_id = ${p.org_id} and t.id = i.twin_id group by 2
    union all
    select 'shared_twin_interactions', 'emptied', count(*)::int
    from shared_twin_interactions where org_id = ${p.org_id} and twin_owner_id = ${p.user_id} and accessing_user_id <> ${p.user_id}
    union all
    select 'feature_events', 'erased', count(*)::int from feature_events where org_id = ${p.org_id} and user_id = ${p.user_id}`,
);

const going = statement(
  "privacy.erasure_goes",
  { org_id: "int", user_id: "uuid", n: "int" },
  row,
  (p) => sql`
    with own as materialized (
      select a.id, f.next_id from activities a
      left join lateral (${nextAuthor(sql`a.id`, p)}) f on a.activity_type = 'conversation' where a.org_id = ${p.org_id} and a.user_id = ${p.user_id}
    ),
    twin as materialized (
      select t.id, ${isUsedByOthers(sql`t.id`, p)} as stays from twins t where t.org_id = ${p.org_id} and t.user_id = ${p.user_id}
    )
    select 'sessions' as table_name, 'erased' as what, count(*)::int as rows from sessions where org_id = ${p.org_id} and user_id = ${p.user_id}
    union all
    select 'twins', case when stays then 'emptied' else 'erased' end, count(*)::int from twin group by 2
    union all
    select 'twin_installations', 'erased', count(*)::int
    from twin t join twin_installations i on i.org_id = ${p.org_id} and i.twin_id = t.id where not t.stays
    union all
    select 'external_ids', 'erased', count(*)::int
    from (
      select id from own where next_id is null union all select id from twin where not stays union all select ${p.user_id}
      union all select id from sessions where org_id = ${p.org_id} and user_id = ${p.user_id}
      union all select id from feature_events where org_id = ${p.org_id} and user_id = ${p.user_id}
    ) r join external_ids e on e.org_id = ${p.org_id} and e.id = r.id
    union all
    select 'exports', 'erased', count(*)::int from exports where org_id = ${p.org_id} and user_id = ${p.user_id}
    union all
    select 'user_keys', 'erased', count(*)::int from user_keys where org_id = ${p.org_id} and user_id = ${p.user_id}
    union all
    select 'users', 'erased', count(*)::int from users where org_id = ${p.org_id} and id = ${p.user_id}`,
);

/** Columns of days in tables of a person's figures. */
const dayOf = { user_days: "day", feature_usage: "usage_date", monthly_user_stats: "month" };

/** Facts of open days are deleted with the person; sealed ones stay as numbers without a person. */
const figures = (p: { org_id: SQL; n: SQL }, what: keyof typeof dayOf) => sql`
  select '${sql.raw(what)}' as table_name, case when is_sealed(f.day, o) then 'kept' else 'erased' end as what, count(*)::int as rows
  from (select ${sql.raw(dayOf[what])} as day
    from ${sql.raw(what)} where org_id = ${p.org_id} and n = ${p.n}) f
  join organizations o on o.id = ${p.org_id} group by 2`;

const staying = statement(
  "privacy.erasure_stays",
  { org_id: "int", n: "int", user_id: "uuid" },
  row,
  (p) => sql`
    ${figures(p, "user_days")} union all ${figures(p, "feature_usage")} union all ${figures(p, "monthly_user_stats")}
    union all
    select 'daily_metrics', 'kept', count(distinct f.day)::int from user_days f join organizations o on o.id = ${p.org_id}
    where f.org_id = ${p.org_id} and f.n = ${p.n} and is_sealed(f.day, o)
    union all
    select 'tombstones', 'kept', count(*)::int from tombstones
    where org_id = ${p.org_id} and erasure_id in (select id from erasures where org_id = ${p.org_id} and user_id = ${p.user_id})
    union all
    select 'audit_log', 'kept', count(*)::int from audit_log where org_id = ${p.org_id} and object_type = 'user' and object_id = ${p.user_id}::text`,
);

/** What stays of a person, and which of their figures are deleted, as of now. */
export function countFigures(tx: Tx, { id, n }: Pick<UserRow, "id" | "n">): Promise<Row[]> {
  return tx.query(staying({ org_id: tx.org_id, n, user_id: id }));
}

/** What an erasure would delete of each table, and what would stay, without changing anything. */
export async function countErasure(tx: Tx, user: Pick<UserRow, "id" | "n">): Promise<Counts> {
  const counts: Counts = {};
  const add = (rows: readonly Row[], nameOf = (table: string) => table) => {
    for (const { table_name, what, rows: found } of rows) addCounts(counts, nameOf(table_name), what, found);
  };
  const ofActivities = () => tx.query(goingOfActivities({ org_id: tx.org_id, user_id: user.id }));
  add(await ofActivities());
  add(await tx.query(going({ org_id: tx.org_id, user_id: user.id, n: user.n })));
  add(await inRestored(tx, ofActivities), restoredTable);
  add(await countFigures(tx, user));
  return counts;
}
