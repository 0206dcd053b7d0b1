import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { rollupOrganization } from "../../figures/rollup.ts";
import { verifyOrganization } from "../../figures/verify.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");

test("what an open session held on later days begins sessions of its own once it turns out to have ended before, or on another platform", async () => {
  const sender = await makeSender(application.db);
  const { org_id } = sender;
  const system: Actor = systemOf(org_id);
  const tell = async (...records: object[]) => {
    expect((await sender.send(records, { now })).rejected).toEqual([]);
    await rollupOrganization(application.db, system, { now });
    for await (const difference of verifyOrganization(application.db, system, { now })) expect(difference).toBeNull();
    const { rows } = await database.pool.query<{ day: string; n: number }>(
      "select metric_date::text as day, total_sessions as n from daily_metrics where org_id = $1 and total_sessions > 0 order by 1",
      [org_id],
    );
    return rows.map(({ day, n }) => `${day}: ${n}`);
  };
  const open = (external_id: string, day: string) => ({
    type: "session",
    external_id,
    user: "u1",
    started_at: `${day}T10:00:00Z`,
    platform: "slack",
  });
  const [first, second] = [open("s1", "2026-03-02"), open("s2", "2026-03-10")];
  expect(
    await tell(
      ...people,
      first,
      second,
      conversation("a1", "2026-03-03T12:00:00Z"),
      conversation("a2", "2026-03-04T12:00:00Z", { session: "s1" }),
      conversation("a3", "2026-03-11T12:00:00Z"),
      conversation("a4", "2026-03-12T12:00:00Z", { session: "s2" }),
    ),
  ).toEqual(["2026-03-02: 1", "2026-03-10: 1"]);
  expect(await tell({ ...first, ended_at: "2026-03-02T11:00:00Z" })).toEqual([
    "2026-03-02: 1",
    "2026-03-03: 1",
    "2026-03-10: 1",
  ]);
  expect(await tell({ ...second, platform: "teams" })).toEqual([
    "2026-03-02: 1",
    "2026-03-03: 1",
    "2026-03-10: 1",
    "2026-03-11: 1",
  ]);
});
