import type { SessionsInput, SessionsPage } from "@twin/contracts/sessions";
import { limits } from "@twin/contracts/vocabulary";
import { sql, type SQL } from "drizzle-orm";
import { readRange } from "./filter.ts";
import { type Actor, inTenant } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { beyondCursor, type Cursor, cursorsOf, readCursor } from "../tenancy/cursor.ts";
import { type Figure, readTotal } from "./total.ts";
import { summedFacts, onSessions, readFilter, type FigureFilter } from "../figures/filter/filter.ts";
import { anyTenant, composed } from "../postgres/statement.ts";
import { readSessions } from "./session-items.ts";
import { asks } from "../people/filter.ts";

/** Ids of one page of sessions `s`, and one more that says whether there is another page. */
const idsOfPage = composed(
  "activities.page_of_sessions",
  {},
  { id: "uuid" },
  (_, where: SQL, cursor: Cursor | null, { page, limit }: Pick<SessionsInput, "page" | "limit">) => {
    const order = cursor?.towards === "newer" ? sql`s.id` : sql`s.id desc`;
    // The contract bounds page numbers; further pages go by cursor.
    const offset = cursor ? 0 : (page - 1) * limit;
    return sql`select s.id from sessions s where ${where}${beyondCursor(sql`s.id`, cursor)} order by ${order} limit ${limit + 1} offset ${offset}`;
  },
);

const countOfSessions = composed(
  "activities.sessions_found",
  {},
  { found: "int" },
  (_, where: SQL) =>
    sql`select count(*)::int as found from (select from sessions s where ${where} limit ${limits.pageDepth + 1}) as counted`,
);

/** Facts don't tell sources. */
const figureOf = (filter: FigureFilter, where: SQL): Figure | null =>
  asks(filter.source)
    ? null
    : {
        perDay: (days) => sql`select d.day, sum(d.sessions)::int from ${summedFacts(filter, days)} group by d.day`,
        rows: sql`select count(*)::int from sessions s where ${where} and s.id >= x.lo_id and s.id < x.hi_id`,
        goesWith: ["sessions"],
      };

/**
 * Sessions that started in a range, newest first, one page: by page number, or by cursor, which loses and doubles no row
 * while others arrive. Their number is the figure `total_sessions` of the same range and filter: purged ones are counted,
 * too, and `unlisted` names their days.
 * @param now decides what "the last 28 days" are
 * @throws BAD_REQUEST naming the field: days in the future, an unknown user or twin, a cursor that isn't ours
 */
export function listSessions(db: Database, actor: Actor, input: SessionsInput, now: Date): Promise<SessionsPage> {
  const cursor = readCursor(input.cursor);
  return inTenant(db, actor, async (tx) => {
    const range = await readRange(tx, input, now);
    const { filter, not_applied } = await readFilter(tx, actor, input, "sessions.list");
    const ofFilter = sql.join(
      [sql`s.org_id = ${anyTenant(tx.org_id)}`, ...onSessions(anyTenant(tx.org_id), filter)],
      sql` and `,
    );
    const where = sql`${ofFilter} and s.id >= ${range.from}::uuid and s.id < ${range.until}::uuid`;

    const found = (await tx.query(idsOfPage({}, where, cursor, input))).map(({ id }) => id);
    const more = found.length > input.limit;
    const ids = found.slice(0, input.limit);
    const items = await readSessions(tx, actor, cursor?.towards === "newer" ? ids.reverse() : ids);
    const [counted] = await tx.query(countOfSessions({}, where));
    return {
      items,
      ...cursorsOf(items, cursor, more, input.page === 1),
      ...(await readTotal(tx, counted!, figureOf(filter, ofFilter), range, { now })),
      timezone: range.timezone,
      not_applied,
    };
  });
}
