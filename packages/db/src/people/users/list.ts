import { activitiesOf } from "../activities-of.ts";
import { addDays } from "@twin/contracts/calendar";
import type { UsersAnswer, UsersInput } from "@twin/contracts/users";
import { limits } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { composed, type RowOf, statement } from "../../postgres/statement.ts";
import { emailFor, seesPeople } from "../masking.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
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

/** Where a page begins: after this person. */
type Cursor = { at: string | null; n: number };

/**
 * People of the organisation, most recently active first, without deleted ones.
 * @throws BAD_REQUEST for a cursor that isn't ours
 */
export async function listUsers(db: Database, actor: Actor, input: UsersInput, now: Date): Promise<UsersAnswer> {
  const cursor = input.cursor === undefined ? null : readCursor(input.cursor);
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone } = await readCalendar(tx, now);
    const { filter: asked, not_applied } = await resolveFilter(tx, actor, input, "users.list");
    const where = matching(tx.org_id, actor, input, asked);
    const rows = await readPage(tx, where, cursor, input.limit + 1);
    const page = rows.slice(0, input.limit);
    const recent = await readRecent(
      tx,
      page.map(({ n }) => n),
      addDays(today, 1 - recentDays),
    );
    const [counted] = await tx.query(countOfPeople({}, where));
    const found = counted!.found;
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
      next_cursor: rows.length > input.limit && last ? writeCursor({ at: last.last_active_at, n: last.n }) : null,
    };
  });
}

/** Actors who may not see addresses must not find them by searching, either. */
function matching(org_id: number, actor: Actor, { search }: UsersInput, asked: ResolvedFilter): SQL {
  const all = [sql`u.org_id = ${org_id}`, sql`u.deleted_at is null`];
  const sought = search?.toLowerCase();
  if (sought)
    all.push(
      seesPeople(actor)
        ? sql`(position(${sought} in lower(u.full_name)) > 0 or position(${sought} in u.email_key) > 0)`
        : sql`position(${sought} in lower(u.full_name)) > 0`,
    );
  return sql.join([...all, ...onPeople(org_id, asked)], sql` and `);
}

const countOfPeople = composed("people.found", {}, { found: "int" }, (_, where: SQL) => {
  const most = sql.raw(String(limits.pageDepth + 1));
  return sql`select count(*)::int as found from (select from users u where ${where} limit ${most}) c`;
});

const pageOfPeople = composed(
  "people.page",
  {},
  row,
  (_, where: SQL, stretch: SQL, most: number) => sql`
    select u.id, u.n, u.full_name, u.email, u.company, u.department, u.created_at, u.last_active_at from users u
    where ${where} and ${stretch} order by u.last_active_at desc nulls last, u.n desc limit ${sql.raw(String(most))}`,
);

/** People who were ever active first, then the others: two ranges of one index, each read from where the page begins. */
async function readPage(tx: Tx, where: SQL, cursor: Cursor | null, limit: number): Promise<Row[]> {
  const read = (stretch: SQL, most: number): Promise<Row[]> => tx.query(pageOfPeople({}, where, stretch, most));
  const active =
    cursor?.at === null
      ? []
      : cursor
        ? await read(
            sql`u.last_active_at <= ${cursor.at}::timestamptz
              and (u.last_active_at, u.n) < (${cursor.at}::timestamptz, ${cursor.n}::int)`,
            limit,
          )
        : await read(sql`u.last_active_at is not null`, limit);
  if (active.length === limit) return active;
  const beyond = cursor?.at === null ? sql` and u.n < ${cursor.n}` : sql``;
  return [...active, ...(await read(sql`u.last_active_at is null${beyond}`, limit - active.length))];
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

const writeCursor = ({ at, n }: Cursor): string =>
  `${at === null ? "-" : Date.parse(at).toString(36)}.${n.toString(36)}`;

function readCursor(text: string): Cursor {
  const [, at, n] = /^(-|[0-9a-z]{1,10})\.([0-9a-z]{1,6})$/.exec(text) ?? [];
  const ms = at === "-" ? 0 : Number.parseInt(at ?? "", 36);
  if (!n || !(ms >= 0 && ms <= 8.64e15) || Number.parseInt(n, 36) > 2 ** 31 - 1)
    throw new DomainError("BAD_REQUEST", "must be next_cursor of an earlier answer", { path: "cursor" });
  return { at: at === "-" ? null : new Date(ms).toISOString(), n: Number.parseInt(n, 36) };
}
