import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { rollupOrganization } from "../rollup.ts";
import { verifyOrganization } from "../verify.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");

test("when the last of a day is taken away, no sum, set or cohort of it is left, whoever else is there", async () => {
  const sender = await makeSender(application.db);
  const { org_id } = sender;
  const system: Actor = systemOf(org_id);
  await sender.send(
    [
      ...people,
      conversation("a1", "2026-02-27T10:00:00.000Z", { twin: "t2" }),
      conversation("a2", "2026-03-02T10:00:00.000Z", { platform: "web" }),
      conversation("a3", "2026-03-02T11:00:00.000Z", { user: "u2", platform: "teams" }),
    ],
    { now },
  );
  await rollupOrganization(application.db, system, { now });
  const read = async (key: string, table: string) =>
    (
      await database.pool.query<{ key: string }>(
        `select distinct ${key} as key from ${table} where org_id = $1 order by 1`,
        [org_id],
      )
    ).rows.map(({ key }) => key);
  const keys = async () => ({
    platforms: await read("day || ' ' || platform", "platform_days"),
    features: await read("day || ' ' || feature_name", "feature_days"),
    twins: await read("month::text", "twin_months"),
    sets: await read("day::text", "day_users"),
    cohorts: await read("n || ' ' || cohort_date || ' ' || total_sessions", "user_retention"),
  });
  const march = {
    platforms: ["2026-03-02 teams", "2026-03-02 web"],
    features: ["2026-03-02 question_asked", "2026-03-02 shared_interaction"],
    twins: ["2026-03-01"],
    sets: ["2026-03-02"],
    cohorts: ["1 2026-03-02 1", "2 2026-03-02 1"],
  };
  expect(await keys()).toEqual({
    platforms: ["2026-02-27 slack", ...march.platforms],
    features: ["2026-02-27 question_asked", "2026-02-27 shared_interaction", ...march.features],
    twins: ["2026-02-01", ...march.twins],
    sets: ["2026-02-27", ...march.sets],
    cohorts: ["1 2026-02-27 2", "2 2026-03-02 1"],
  });

  await database.pool.query("delete from activities where org_id = $1 and started_at < '2026-03-01'", [org_id]);
  await database.pool.query(
    "insert into ops.dirty_log (org_id, day, n, received_at) select $1, '2026-02-27', n, now() from users where org_id = $1",
    [org_id],
  );
  await rollupOrganization(application.db, system, { now });
  expect(await keys()).toEqual(march);
  for await (const difference of verifyOrganization(application.db, system, { now })) expect(difference).toBeNull();
});
