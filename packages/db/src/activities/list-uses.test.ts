import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { makeSender, people, useApplication } from "../../test/ingesting.ts";
import { inTenant } from "../tenancy/actor.ts";
import { usesPage } from "./list-uses.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);

type Plan = { "Node Type": string; "Index Name"?: string; "Actual Rows": number; Plans?: Plan[] };
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

test("a page of a seldom used feature is read along its own index, however often others were used", async () => {
  const sender = await makeSender(application.db);
  const now = new Date("2026-03-20T12:00:00Z");
  const used_at = (second: number) => new Date(Date.parse("2026-03-10T00:00:00Z") + second * 1_000).toISOString();
  const use = (feature_name: string, at: number) => ({
    type: "feature",
    external_id: `${feature_name}-${at}`,
    user: "u1",
    feature_name,
    used_at: used_at(at),
  });
  const records = Array.from({ length: 4_900 }, (_, at) => use(at % 490 === 0 ? "seldom" : "often", at));
  expect((await sender.send([...people, ...records], { now })).rejected).toEqual([]);
  await database.pool.query("vacuum analyze feature_events");
  const where = sql`e.org_id = ${sender.org_id} and e.feature_name = ${"seldom"}`;
  const { text, values } = usesPage(where, null, 50);
  const nodes = await inTenant(application.db, systemOf(sender.org_id), async (tx) => {
    const [row] = await tx.query<{ "QUERY PLAN": [{ Plan: Plan }] }>({
      text: `explain (analyze, format json) ${text}`,
      values: values!,
    });
    return nodesOf(row!["QUERY PLAN"][0].Plan).filter((node) => node["Index Name"] !== undefined);
  });
  expect(nodes.map((node) => node["Index Name"]).join()).toMatch(/feature_name/);
  expect(nodes.reduce((sum, node) => sum + node["Actual Rows"], 0)).toBeLessThanOrEqual(11);
});
