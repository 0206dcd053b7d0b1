import { addDays } from "@twin/contracts/calendar";
import type { UsersAnswer, UsersInput } from "@twin/contracts/users";
import { limits } from "@twin/contracts/vocabulary";
import { emailFor, seesPeople } from "../masking.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { onPeople, resolveFilter, type ResolvedFilter } from "../filter.ts";

/** Days of the activity that stands beside each person, with today. */
const recentDays = 28;

type Row = {
  id: string;
  n: number;
  full_name: string;
  email: string;
  company: string | null;
  department: string | null;
  created_at: string;
  last_active_at: string | null;
};

/** Where a page begins: after this person. */
type Cursor = { at: string | null; n: number };

/**
 * People of the organisation, active last first. Nobody who is deleted.
 * @throws BAD_REQUEST for a cursor that isn't ours
 */
export async function listUsers(db: Database, actor: Actor, input: UsersInput, now = new Date()): Promise<UsersAnswer> {
  const cursor = input.cursor === undefined ? null : readCursor(input.cursor);
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone } = await readCalendar(tx, now);
    const { filter: asked, not_applied } = await resolveFilter(tx, actor, input, "users.list");
    const filter = filterOf(tx, actor, input, asked);
    const rows = await readPage(tx, filter, cursor, input.limit + 1);
    const page = rows.slice(0, input.limit);
    const recent = await readRecent(
      tx,
      page.map(({ n }) => n),
      addDays(today, 1 - recentDays),
    );
    const [counted] = await tx.query<{ found: number }>({
      text: `select count(*)::int as found from (select from users u where ${filter.where} limit ${limits.pageDepth + 1}) c`,
      values: filter.values,
    });
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

type Filter = { where: string; values: unknown[] };

/** Who may not see addresses must not find out about them by searching, either. */
function filterOf(tx: Tx, actor: Actor, { search }: UsersInput, asked: ResolvedFilter): Filter {
  const found = seesPeople(actor)
    ? "(position($2 in lower(u.full_name)) > 0 or position($2 in u.email_key) > 0)"
    : "position($2 in lower(u.full_name)) > 0";
  const values: unknown[] = [tx.org_id, search?.toLowerCase() ?? ""];
  return {
    where: `u.org_id = $1 and u.deleted_at is null and ($2::text = '' or ${found})${onPeople(asked, values)}`,
    values,
  };
}

/** Those who were ever active, then the others: two stretches of one index, each read from where the page begins. */
async function readPage(tx: Tx, { where, values }: Filter, cursor: Cursor | null, limit: number): Promise<Row[]> {
  const [first, second] = [`$${values.length + 1}`, `$${values.length + 2}`];
  const read = (stretch: string, more: unknown[], most: number) =>
    tx.query<Row>({
      text: `select u.id, u.n, u.full_name, u.email, u.company, u.department, u.created_at, u.last_active_at from users u
        where ${where} and ${stretch} order by u.last_active_at desc nulls last, u.n desc limit ${most}`,
      values: [...values, ...more],
    });
  const active =
    cursor?.at === null
      ? []
      : cursor
        ? await read(
            `u.last_active_at <= ${first}::timestamptz and (u.last_active_at, u.n) < (${first}::timestamptz, ${second}::int)`,
            [cursor.at, cursor.n],
            limit,
          )
        : await read("u.last_active_at is not null", [], limit);
  if (active.length === limit) return active;
  const from = cursor?.at === null ? cursor.n : null;
  const never = await read(
    `u.last_active_at is null and (${first}::int is null or u.n < ${first})`,
    [from],
    limit - active.length,
  );
  return [...active, ...never];
}

async function readRecent(
  tx: Tx,
  ns: number[],
  from: string,
): Promise<Map<number, { active_days: number; activities: number }>> {
  const rows = await tx.query<{ n: number; active_days: number; activities: number }>({
    name: "users_recent",
    text: `select n, count(distinct day) filter (where sessions > 0)::int as active_days,
        sum(conversations + query_activities + document_activities + shared_activities)::int as activities
      from user_days where org_id = $1 and n = any($2::int[]) and day >= $3::date group by n`,
    values: [tx.org_id, ns, from],
  });
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
