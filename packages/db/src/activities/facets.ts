import type { FacetsAnswer, FacetsInput } from "@twin/contracts/activities";
import type { ActivityType } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant } from "../actor.ts";
import type { Database } from "../connect.ts";
import { readRange, toStatement } from "./filter.ts";
import { findTwin, findUser } from "./references.ts";

const counted: Record<ActivityType, SQL> = {
  conversation: sql`f.conversations`,
  query: sql`f.query_activities`,
  document: sql`f.document_activities`,
  shared: sql`f.shared_activities`,
};
const allTypes = Object.keys(counted) as ActivityType[];

/**
 * How many activities each choice of a filter would show; a facet ignores its own filter. Counted from facts
 * and their sums, so that it costs the same however many activities there are; new ones are in it after their rollup.
 */
export function listFacets(db: Database, actor: Actor, input: FacetsInput, now = new Date()): Promise<FacetsAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { start_date, end_date } = await readRange(tx, input, now);
    const user = input.user === undefined ? null : await findUser(tx, actor, input.user);
    const twin = input.twin === undefined ? null : await findTwin(tx, actor, input.twin);
    const types = input.type?.length ? input.type : allTypes;
    const sum = (of: readonly ActivityType[]) =>
      sql`coalesce(sum(${sql.join(
        of.map((type) => counted[type]),
        sql` + `,
      )}), 0)::int`;

    const facts = (own: "type" | "platform" | "department"): SQL => {
      const where: SQL[] = [sql`f.org_id = ${tx.org_id} and f.day between ${start_date}::date and ${end_date}::date`];
      if (user) where.push(sql`u.id = ${user}::uuid`);
      if (twin) where.push(sql`f.twin_id = ${twin}::uuid`);
      if (own !== "platform" && input.platform?.length) where.push(sql`f.platform = any(${sql.param(input.platform)})`);
      if (own !== "department" && input.department?.length)
        where.push(sql`u.department = any(${sql.param(input.department)})`);
      const isOfPeople = own === "department" || user || twin || input.department?.length;
      const from = isOfPeople
        ? sql`user_days f left join users u on u.org_id = f.org_id and u.n = f.n and u.deleted_at is null`
        : sql`platform_days f`;
      return sql`${from} where ${sql.join(where, sql` and `)}`;
    };
    const facet = (value: SQL, own: "platform" | "department") =>
      tx.query<{ value: string; count: number }>(
        toStatement(sql`select value, count from (
            select ${value} as value, ${sum(types)} as count from ${facts(own)} group by 1) as facet
          where value is not null and count > 0 order by count desc, value limit 100`),
      );

    const [byType] = await tx.query<Record<ActivityType, number>>(
      toStatement(
        sql`select ${sql.join(
          allTypes.map((type) => sql`${sum([type])} as ${sql.identifier(type)}`),
          sql`, `,
        )} from ${facts("type")}`,
      ),
    );
    return {
      type: allTypes.map((value) => ({ value, count: byType?.[value] ?? 0 })).filter(({ count }) => count > 0),
      platform: await facet(sql`f.platform`, "platform"),
      department: await facet(sql`u.department`, "department"),
    };
  });
}
