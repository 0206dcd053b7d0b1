import { type SQL, sql } from "drizzle-orm";
import { only, statement } from "../postgres/statement.ts";
import type { Tx } from "../tenancy/actor.ts";
import { readRowSizes, weigh } from "../policies/row-sizes.ts";
import { floorId } from "../postgres/uuid-time.ts";
import { activityTables, type ArchivedTable } from "./shape.ts";
import { isLeaving } from "./summaries/due.ts";
import { candidates, dueFeatures, givenTo, judged, judging } from "./due.ts";
import type { Planned, Purge } from "../policies/purge.ts";

type Params = Record<keyof typeof judging, SQL>;

const parts = activityTables.filter(({ name }) => name !== "activities");

const authors = (p: Params) =>
  sql`array(select w.user_id from messages w where w.org_id = ${p.org_id} and w.conversation_id = d.id and w.user_id is not null)`;

const countOf = (p: Params, { name, key }: ArchivedTable): SQL => {
  const stays =
    name === "messages"
      ? sql`and exists (select from users where org_id = ${p.org_id} and deleted_at is not null) and ${isLeaving(sql`${authors(p)} || d.user_id`, p.org_id)}`
      : sql``;
  return sql`'${sql.raw(name)}', (select count(*) from ${sql.raw(name)} p join d on d.id = p.${sql.raw(key)} where p.org_id = ${p.org_id} and p.${sql.raw(key)} >= ${p.first} and p.${sql.raw(key)} < ${p.last}
    ${stays})`;
};

const planned = statement(
  "archives.plan_due",
  judging,
  { counts: only<Record<string, number>>("json"), first_day: "date?", last_day: "date?" },
  (p) => sql`
    with z as (select day_rule_of(o) as rule from organizations o where id = ${p.org_id}),
    a as (${judged(sql`${candidates(p)} and id >= ${p.first} and id < ${p.last}`, p)}),
    d as (select id, user_id from a where due),
    f as (${dueFeatures(p)})
    select json_build_object('activities', (select count(*) from d), 'feature_events', (select count(*) from f), ${sql.join(
      parts.map((table) => countOf(p, table)),
      sql`, `,
    )}) as counts,
      (select day_of(uuid_time(min(id::text)::uuid), (select rule from z)) from (select id from d union all select id from f) i) as first_day,
      (select day_of(uuid_time(max(id::text)::uuid), (select rule from z)) from (select id from d union all select id from f) i) as last_day`,
  { plan: "each" },
);

/**
 * Counts what the purge gate would archive and purge now; changes nothing. The messages of these activities are due to be
 * summarised, too, and are deleted before (`archives/summaries/due.ts`): only those that aren't summarised are archived.
 */
export async function planDue(tx: Tx, purge: Purge): Promise<Planned> {
  const [first, last] = [floorId(Date.parse(purge.due.from)), floorId(Date.parse(purge.due.before))];
  const [row] = await tx.query(planned(givenTo(tx, purge, first, last)));
  const { first_day, last_day, counts } = row!;
  const tables = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  return { tables, bytes: weigh(tables, await readRowSizes(tx)).bytes, first_day, last_day };
}
