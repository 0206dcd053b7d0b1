import { activitiesOf } from "../activities-of.ts";
import { addDays } from "@twin/contracts/calendar";
import type { UsersAnswer, UsersInput } from "@twin/contracts/users";
import { limits } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { composed, type RowOf, statement } from "../../postgres/statement.ts";
import { addressKey } from "../address-key.ts";
import { emailFor, seesPeople } from "../masking.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { orderOf, readPlace, stretchesInOrder, writePlace } from "./order.ts";
import { onPeople, resolveFilter, type ResolvedFilter } from "../filter.ts";

/** Days of the activity that stands beside each person, with today. */
const recentDays = 28;

const row = {
  id: "uuid",
  n: "int",
  full_name: "text",
  email: "text",
  company: "text?",
  department: "text?",
  created_at: "timestamptz",
  last_active_at: "timestamptz?",
} as const;
type Row = RowOf<typeof row>;

/**
 * People of the organisation in the order that is asked for, without deleted ones.
 * @throws BAD_REQUEST for a cursor that isn't ours, or of another order
 */
export async function listUsers(db: Database, actor: Actor, input: UsersInput, now: Date): Promise<UsersAnswer> {
  const asked = orderOf(input);
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone } = await readCalendar(tx, now);
    const place = await readPlace(tx, asked, input.cursor);
    const { filter, not_applied } = await resolveFilter(tx, actor, input, "users.list");
    const where = matching(tx.org_id, actor, input, filter);
    const [counted] = await tx.query(countOfPeople({}, where));
    const found = counted!.found;
    const isRare = input.search !== undefined && found <= limits.pageDepth;
    const stretches = found === 0 ? [] : stretchesInOrder(asked, place);
    const rows = await readPage(tx, where, stretches, { limit: input.limit + 1, isRare });
    const page = rows.slice(0, input.limit);
    const recent = await readRecent(
      tx,
      page.map(({ n }) => n),
      addDays(today, 1 - recentDays),
    );
    const last = page.at(-1);
    return {
      timezone: time_zone,
      not_applied,
      users: page.map(({ n, full_name, email, ...person }) => ({
        ...person,
        name: full_name,
        email: emailFor(actor, email)!,
        ...(recent.get(n) ?? { active_days: 0, activities: 0 }),
      })),
      total: Math.min(found, limits.pageDepth),
      total_is_exact: found <= limits.pageDepth,
      next_cursor: rows.length > input.limit && last ? writePlace(asked, last) : null,
    };
  });
}

/** Actors who may not see addresses must not find them by searching, either. */
function matching(org_id: number, actor: Actor, { search }: UsersInput, asked: ResolvedFilter): SQL {
  const all = [sql`u.org_id = ${org_id}`, sql`u.deleted_at is null`];
  if (search) {
    const isNamed = sql`position(lower(${search}::text) in u.name_key) > 0`;
    all.push(seesPeople(actor) ? sql`(${isNamed} or position(${addressKey(search)} in u.email_key) > 0)` : isNamed);
  }
  return sql.join([...all, ...onPeople(org_id, asked)], sql` and `);
}

const countOfPeople = composed("people.found", {}, { found: "int" }, (_, where: SQL) => {
  const most = sql.raw(String(limits.pageDepth + 1));
  return sql`select count(*)::int as found from (select from users u where ${where} limit ${most}) c`;
});

type Stretch = ReturnType<typeof stretchesInOrder>[number];
type Most = { limit: number; isRare: boolean };

const pageOfPeople = composed("people.page", {}, row, (_, where: SQL, stretch: Stretch, { limit, isRare }: Most) => {
  const people = sql`users u where ${where} and ${stretch.where}`;
  // Of few people by a part of their name all are found first: in their order most of the others would be read in vain.
  return sql`
    select u.id, u.n, u.full_name, u.email, u.company, u.department, u.created_at, u.last_active_at
    from ${isRare ? sql`(select u.* from ${people} offset 0) u` : people}
    order by ${stretch.by} limit ${sql.raw(String(limit))}`;
});

/** A page that begins in the first stretch; each further one is asked only where those before leave room. */
async function readPage(tx: Tx, where: SQL, stretches: Stretch[], { limit, isRare }: Most): Promise<Row[]> {
  const rows: Row[] = [];
  for (const stretch of stretches) {
    if (rows.length === limit) break;
    rows.push(...(await tx.query(pageOfPeople({}, where, stretch, { limit: limit - rows.length, isRare }))));
  }
  return rows;
}

const recentDaysOf = statement(
  "people.recent_days",
  { org_id: "int", ns: "int[]", from: "date" },
  { n: "int", active_days: "int", activities: "int" },
  (p) => sql`
    select n, count(distinct day) filter (where sessions > 0)::int as active_days,
      sum(${sql.raw(activitiesOf("user_days"))})::int as activities
    from user_days where org_id = ${p.org_id} and n = any(${p.ns}) and day >= ${p.from} group by n`,
);

async function readRecent(
  tx: Tx,
  ns: number[],
  from: string,
): Promise<Map<number, { active_days: number; activities: number }>> {
  const rows = await tx.query(recentDaysOf({ org_id: tx.org_id, ns, from }));
  return new Map(rows.map(({ n, ...counts }) => [n, counts]));
}
