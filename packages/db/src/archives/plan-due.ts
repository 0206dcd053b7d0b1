import type { Tx } from "../tenancy/actor.ts";
import { readRowSizes, weigh } from "../policies/row-sizes.ts";
import { floorId } from "../postgres/uuid-time.ts";
import { activityTables, type ArchivedTable } from "./shape.ts";
import { isLeaving } from "./summaries/due.ts";
import { candidates, dueFeatures, judged } from "./due.ts";
import type { Planned, Purge } from "../policies/purge.ts";

type Row = { first_day: string | null; last_day: string | null; counts: Record<string, number> };

const parts = activityTables.filter(({ name }) => name !== "activities");

/**
 * What the purge gate would take now, counted; nothing is changed. Messages of what is due here are due to be summarised,
 * too, and go before (`archives/summaries/due.ts`): what is left for the archive is what isn't summarised.
 */
export async function planDue(tx: Tx, purge: Purge): Promise<Planned> {
  const { due, holds } = purge;
  const [first, last] = [floorId(Date.parse(due.from)), floorId(Date.parse(due.before))];
  const [row] = await tx.query<Row>({
    text: `with z as (select day_rule_of(o) as rule from organizations o where id = $1),
      a as (${judged(`${candidates} and id >= $5::uuid and id < $6::uuid`)}),
      d as (select id, user_id from a where due),
      f as (${dueFeatures("$2", "$3", "$4")})
      select json_build_object('activities', (select count(*) from d), 'feature_events', (select count(*) from f), ${parts.map(countOf).join(", ")}) as counts,
        (select day_of(uuid_time(min(id::text)::uuid), (select rule from z)) from (select id from d union all select id from f) i) as first_day,
        (select day_of(uuid_time(max(id::text)::uuid), (select rule from z)) from (select id from d union all select id from f) i) as last_day`,
    values: [tx.org_id, due.from, due.before, holds.user_ids, first, last, due.settled],
  });
  const { first_day, last_day, counts } = row!;
  const tables = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  return { tables, bytes: weigh(tables, await readRowSizes(tx)).bytes, first_day, last_day };
}

const authors = `array(select w.user_id from messages w where w.org_id = $1 and w.conversation_id = d.id and w.user_id is not null)`;

const countOf = ({ name, key }: ArchivedTable): string =>
  `'${name}', (select count(*) from ${name} p join d on d.id = p.${key} where p.org_id = $1 and p.${key} >= $5 and p.${key} < $6
    ${name === "messages" ? `and exists (select from users where org_id = $1 and deleted_at is not null) and ${isLeaving(`${authors} || d.user_id`)}` : ""})`;
