import { beforeAll, expect, test } from "vitest";
import { ActivitiesInput, ActivityInput, FacetsInput } from "@twin/contracts/activities";
import { permissionsOf } from "@twin/contracts/vocabulary";
import { useDatabase } from "../../test/database.ts";
import { makeSender, people, useApplication } from "../../test/ingesting.ts";
import type { Actor } from "../tenancy/actor.ts";
import { rollupOrganization } from "../figures/rollup.ts";
import { listFacets } from "./facets.ts";
import { getActivity } from "./get.ts";
import { listActivities } from "./list.ts";
import { systemOf } from "../../test/actors.ts";

const app = useApplication(useDatabase());
const now = new Date("2026-03-20T12:00:00Z");
const types = ["conversation", "query", "document", "shared"];
const platforms = ["slack", "web", "teams"];
let analyst: Actor;

beforeAll(async () => {
  const { org_id, send } = await makeSender(app.db, "America/New_York");
  const account_id = "00000000-0000-4000-8000-000000000001";
  analyst = {
    kind: "member",
    org_id,
    account_id,
    name: "Ann",
    role: "analyst",
    permissions: permissionsOf("analyst"),
    request_id: "test",
  };
  const records = Array.from({ length: 90 }, (_, i) => ({
    type: "activity",
    external_id: `a${i}`,
    user: i % 3 ? "u1" : "u2",
    twin: i % 5 ? "t1" : "t2",
    activity_type: types[i % 4],
    started_at: new Date(Date.parse("2026-02-25T03:00:00Z") + i * 5 * 3_600_000).toISOString(),
    platform: platforms[i % 3],
  }));
  expect((await send([...people, ...records], { now })).rejected).toEqual([]);
  await rollupOrganization(app.db, systemOf(org_id), { now });
});

const total = async (input: object) => (await listActivities(app.db, analyst, ActivitiesInput.parse(input), now)).total;

const filters: object[] = [
  {},
  { type: "query" },
  { platform: "slack,web" },
  { department: "Product" },
  { user: "u1", type: "conversation,shared" },
  { twin: "t2", platform: "teams" },
  { start_date: "2026-03-01", end_date: "2026-03-02" },
  { start_date: "2026-03-01", end_date: "2026-03-10", department: "Engineering", type: "document", platform: "web" },
];

for (const filter of filters) {
  test(`each choice counts what choosing it would list: ${JSON.stringify(filter)}`, async () => {
    const { not_applied, ...facets } = await listFacets(app.db, analyst, FacetsInput.parse(filter), now);
    expect(not_applied).toEqual([]);
    for (const [name, choices] of Object.entries(facets)) {
      for (const { value, count } of choices)
        expect([name, value, await total({ ...filter, [name]: value })]).toEqual([name, value, count]);
      const { [name as keyof typeof filter]: _own, ...others } = filter;
      expect(choices.reduce((sum, { count }) => sum + count, 0)).toBe(await total(others));
    }
  });
}

test("the neighbours of an activity are those of the list under the same filters", async () => {
  const filter = { platform: "web", start_date: "2026-03-01", end_date: "2026-03-10" };
  const { items } = await listActivities(app.db, analyst, ActivitiesInput.parse({ ...filter, limit: 200 }), now);
  const order = items.map(({ id }) => id);
  for (const [i, id] of order.entries()) {
    const { older_id, newer_id } = await getActivity(app.db, analyst, ActivityInput.parse({ id, ...filter }), now);
    expect([newer_id, older_id]).toEqual([order[i - 1] ?? null, order[i + 1] ?? null]);
  }
});
