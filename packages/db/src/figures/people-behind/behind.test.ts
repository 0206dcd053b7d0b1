import { PeopleInput } from "@twin/contracts/people";
import { MetricsInput } from "@twin/contracts/metrics";
import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { readerOf } from "../../../test/figures/active-days.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import { readFeatures } from "../features/usage.ts";
import { readMetrics } from "../metrics/read.ts";
import { rollupOrganization } from "../rollup.ts";
import { listPeopleBehind } from "./behind.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
const range = { start_date: "2026-03-01", end_date: "2026-03-20" };
const more = 30;
let sender: Sender;

beforeAll(async () => {
  sender = await makeSender(application.db, "Europe/Berlin");
  const extra = Array.from({ length: more }, (_, n) => ({
    type: "user",
    external_id: `x${n}`,
    email: `x${n}@acme.example`,
    full_name: `Extra ${n}`,
    company: "Acme",
    department: n % 3 === 0 ? "Engineering" : "Sales",
    created_at: `2026-03-${String(1 + (n % 10)).padStart(2, "0")}T23:30:00Z`,
  }));
  const { rejected } = await sender.send(
    [
      ...people,
      ...extra,
      conversation("a1"),
      conversation("a2", "2026-03-03T10:00:00.000Z", { user: "u2", platform: "web" }),
      ...extra.map((user, n) =>
        conversation(`x${n}`, `2026-03-${String(5 + (n % 10)).padStart(2, "0")}T10:00:00.000Z`, {
          user: user.external_id,
          twin: n % 2 ? "t1" : "t2",
          platform: n % 5 ? "slack" : "web",
        }),
      ),
      { type: "feature", user: "x1", feature_name: "handoff", used_at: "2026-03-08T10:00:00Z" },
    ],
    { now },
  );
  expect(rejected).toEqual([]);
  await rollup();
});

const rollup = () => rollupOrganization(application.db, systemOf(sender.org_id), { now });
const behind = (input: object, actor = readerOf(sender.org_id)) =>
  listPeopleBehind(application.db, actor, PeopleInput.parse({ ...range, ...input }), now);
const metricsOf = (filter: object) =>
  readMetrics(application.db, readerOf(sender.org_id), MetricsInput.parse({ ...range, ...filter }), now);

const filters = [
  {},
  { platform: "web" },
  { department: "Engineering" },
  { company: "Acme" },
  { twin: "t1" },
  { user: "x4" },
  { platform: "slack", department: "Sales" },
  { platform: "web", twin: "t2" },
  { twin: "t1", department: "Sales", company: "Acme" },
  { platform: "unknown" },
];

test.for(filters)("behind active users of %j are exactly those", async (filter) => {
  const { totals } = await metricsOf(filter);
  const { total, people: list, deleted } = await behind({ ...filter, limit: 200 });
  expect(total).toBe(totals.active_users);
  expect(deleted).toBe(0);
  expect(list).toHaveLength(total);
});

test.for([{}, { department: "Sales" }, { company: "Acme" }, { user: "x4" }])(
  "behind new users of %j are exactly those, by the organisation's days",
  async (filter) => {
    const { totals } = await metricsOf(filter);
    const { total, people: list } = await behind({ ...filter, who: "new", limit: 200 });
    expect(total).toBe(totals.new_users);
    expect(list).toHaveLength(total);
  },
);

test("behind the users of each feature are exactly those", async () => {
  const { features } = await readFeatures(application.db, readerOf(sender.org_id), range, now);
  expect(features.map(({ feature_name }) => feature_name)).toContain("handoff");
  for (const { feature_name: feature, users } of features) {
    const { total, people: list } = await behind({ who: "used", feature, limit: 200 });
    expect([feature, total, list.length]).toEqual([feature, users, users]);
  }
});

test("pages follow each other without a gap or a repetition, whatever their size", async () => {
  const all = await behind({ limit: 200 });
  for (const limit of [1, 7, 32, 33]) {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await behind({ limit, ...(cursor && { cursor }) });
      expect(page.total).toBe(all.total);
      expect(page.people.length).toBeLessThanOrEqual(limit);
      seen.push(...page.people.map(({ id }) => id));
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(all.people.map(({ id }) => id));
  }
});

test("in each order pages follow each other without a gap, and hold everyone once", async () => {
  const everyone = await behind({ limit: 200 });
  for (const sort of ["name", "created_at", "last_active_at"] as const)
    for (const order of ["asc", "desc"]) {
      const all = (await behind({ sort, order, limit: 200 })).people;
      expect(new Set(all.map(({ id }) => id))).toEqual(new Set(everyone.people.map(({ id }) => id)));
      const values = all.map((one) => (sort === "name" ? one.name.toLowerCase() : (one[sort] ?? "")));
      const sorted = values.toSorted();
      expect(values).toEqual(order === "asc" ? sorted : sorted.toReversed());
      const seen: string[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await behind({ sort, order, limit: 5, ...(cursor && { cursor }) });
        seen.push(...page.people.map(({ id }) => id));
        if (page.next_cursor === null) break;
        cursor = page.next_cursor;
      }
      expect(seen).toEqual(all.map(({ id }) => id));
    }
  const { next_cursor: cursor } = await behind({ limit: 1 });
  await expect(behind({ sort: "name", cursor })).rejects.toThrow("is of a list in another order");
});

test("those who were never active come last in both directions, on pages of any size", async () => {
  const nobody = { ...people[0], external_id: "q", email: "q@x.example", full_name: "Quiet" };
  await sender.send(
    [nobody, { ...nobody, external_id: "q2", email: "q2@x.example" }].map((one) => ({
      ...one,
      created_at: "2026-03-18T10:00:00Z",
    })),
    { now },
  );
  await rollup();
  for (const order of ["asc", "desc"]) {
    const all = (await behind({ who: "new", sort: "last_active_at", order, limit: 200 })).people;
    expect(all.slice(-2).map(({ name }) => name)).toEqual(["Quiet", "Quiet"]);
    const seen: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await behind({ who: "new", sort: "last_active_at", order, limit: 1, ...(cursor && { cursor }) });
      seen.push(...page.people.map(({ id }) => id));
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(all.map(({ id }) => id));
  }
});

test("addresses are masked for whoever may not read people", async () => {
  const masked = await behind({ user: "u1" });
  expect(masked.people).toMatchObject([{ name: "Sarah Chen", email: "s•••@acme.example", department: "Engineering" }]);
  const shown = await behind({ user: "u1" }, { ...readerOf(sender.org_id), permissions: ["people.read"] } as never);
  expect(shown.people[0]!.email).toBe("sarah.chen@acme.example");
});

test("who was deleted is still counted, and listed no more", async () => {
  const before = await behind({});
  await database.pool.query("update users set deleted_at = now() where org_id = $1 and full_name = 'Extra 29'", [
    sender.org_id,
  ]);
  const after = await behind({});
  expect(after).toMatchObject({ total: before.total, deleted: 1 });
  expect(after.people.map(({ name }) => name)).not.toContain("Extra 29");
  expect(after.people).toHaveLength(before.people.length - 1);
});
