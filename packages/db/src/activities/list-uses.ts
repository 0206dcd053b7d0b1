import type { FeatureEvent, FeatureEventsInput, FeatureEventsPage } from "@twin/contracts/features";
import { limits } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { readRange } from "./filter.ts";
import { emailFor } from "../people/masking.ts";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { readRestorations } from "../archives/list.ts";
import { inBoth } from "../archives/restored.ts";
import type { Database } from "../postgres/connect.ts";
import { beyondCursor, type Cursor, cursorsOf, readCursor } from "../tenancy/cursor.ts";
import { type Figure, readTotal } from "./total.ts";
import { asksForPeople, readFilter, type FigureFilter } from "../figures/filter/filter.ts";
import { factsOf } from "../people/attributes.ts";
import { anyTenant, composed, type RowOf, type Statement, statement } from "../postgres/statement.ts";
import { andEach, byPeople } from "../people/filter.ts";

const eventsRow = { id: "uuid", used_at: "timestamptz", count: "int", user_id: "uuid" } as const;

/** One page of events `e` from where it begins, and one more that says whether there is another page. */
const page = composed(
  "activities.page_of_events",
  {},
  eventsRow,
  (_, where: SQL, cursor: Cursor | null, limit: number) => sql`
    select e.id, e.used_at, e.count, e.user_id from feature_events e
    where ${where}${beyondCursor(sql`e.id`, cursor)}
    order by ${cursor?.towards === "newer" ? sql`e.id` : sql`e.id desc`} limit ${limit + 1}`,
);
/** One page of uses of features by time, and one row more that says whether there is another page. */
export const usesPage = (where: SQL, cursor: Cursor | null, limit: number): Statement<RowOf<typeof eventsRow>> =>
  page({}, where, cursor, limit);

const countOfEvents = composed(
  "activities.events_found",
  {},
  { found: "int", counted: "int" },
  (_, where: SQL) => sql`
    select count(*)::int as found, coalesce(sum(c.count), 0)::int as counted
    from (select e.count from feature_events e where ${where} limit ${limits.pageDepth + 1}) c`,
);

/** Uses are stored by person and feature; sums by feature tell no person. */
const figureOf = (feature_name: string, filter: FigureFilter, where: SQL): Figure => ({
  perDay: ({ org_id, from, to }) => {
    const people = andEach(asksForPeople(filter) ? [factsOf(org_id, filter)] : []);
    return sql`select d.usage_date, sum(d.usage_count)::int from feature_usage d
      where d.org_id = ${org_id} and d.usage_date >= ${from} and d.usage_date <= ${to} and d.feature_name = ${feature_name}${people} group by d.usage_date`;
  },
  rows: sql`select coalesce(sum(e.count), 0)::int from feature_events e where ${where} and e.id >= x.lo_id and e.id < x.hi_id`,
  goesWith: ["activities"],
});

const usersOfEvents = statement(
  "activities.users_of_events",
  { org_id: "int", ids: "uuid[]" },
  { id: "uuid", full_name: "text", email: "text" },
  (p) => sql`
    select id, full_name, email from users
    where org_id = ${p.org_id} and id = any (${p.ids}) and deleted_at is null`,
);

/** The person who used it, as an actor may see them. */
async function readUsers(tx: Tx, actor: Actor, ids: readonly string[]) {
  const rows = await tx.query(usersOfEvents({ org_id: tx.org_id, ids }));
  const known = new Map(rows.map((row) => [row.id, row]));
  return (id: string): Pick<FeatureEvent, "user_id" | "user_name" | "user_email"> => {
    const user = known.get(id);
    return {
      user_id: user?.id ?? null,
      user_name: user?.full_name ?? "Deleted user",
      user_email: emailFor(actor, user?.email ?? null),
    };
  };
}

/**
 * Uses of a feature that senders recorded in a range, newest first, one page; their total is that of `features.usage` under
 * the same filter.
 * @param now decides what "the last 28 days" are
 * @throws BAD_REQUEST naming the field: days in the future, an unknown user, a cursor that isn't ours
 */
export function listFeatureEvents(
  db: Database,
  actor: Actor,
  input: FeatureEventsInput,
  now: Date,
): Promise<FeatureEventsPage> {
  const { feature_name, limit, page } = input;
  const cursor = readCursor(input.cursor);
  return inTenant(db, actor, async (tx) => {
    const range = await readRange(tx, input, now);
    const { filter, not_applied } = await readFilter(tx, actor, input, "features.events");
    const ofFeature = sql.join(
      [
        sql`e.org_id = ${anyTenant(tx.org_id)} and e.feature_name = ${feature_name}`,
        ...byPeople(anyTenant(tx.org_id), sql`e.user_id`, filter),
      ],
      sql` and `,
    );
    const where = sql`${ofFeature} and e.id >= ${range.from}::uuid and e.id < ${range.until}::uuid`;
    const withRestored = (await readRestorations(tx)).some(({ status }) => status === "done");

    const newer = cursor?.towards === "newer";
    const skipped = cursor ? 0 : (page - 1) * limit;
    const found = await inBoth(tx, withRestored, () => tx.query(usesPage(where, cursor, skipped + limit)));
    const rows = found.flat().sort((a, b) => (a.id < b.id === newer ? -1 : 1));
    const shown = rows.slice(skipped, skipped + limit);
    const userOf = await readUsers(
      tx,
      actor,
      shown.map(({ user_id }) => user_id),
    );
    const items = (newer ? shown.reverse() : shown).map((row) => ({ ...row, ...userOf(row.user_id) }));
    const counts = (await inBoth(tx, withRestored, () => tx.query(countOfEvents({}, where)))).flat();
    const sum = (name: "found" | "counted") => counts.reduce((total, row) => total + row[name], 0);
    return {
      items,
      ...cursorsOf(items, cursor, rows.length > skipped + limit, page === 1),
      ...(await readTotal(
        tx,
        { found: sum("found"), counted: sum("counted") },
        figureOf(feature_name, filter, ofFeature),
        range,
        { withRestored, now },
      )),
      events: Math.min(sum("found"), limits.pageDepth),
      timezone: range.timezone,
      not_applied,
    };
  });
}
