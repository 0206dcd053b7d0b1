import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { readerOf } from "../../../test/figures/active-days.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import { rollupOrganization } from "../rollup.ts";
import { listTwins } from "./list.ts";
import { readSharing } from "./sharing.ts";
import { systemOf } from "../../../test/actors.ts";

const application = useApplication(useDatabase());
const now = new Date("2026-03-20T12:00:00Z");
const range = { start_date: "2026-03-01", end_date: "2026-03-20" };
let sender: Sender;

const at = (day: number) => `2026-03-${String(day).padStart(2, "0")}T10:00:00.000Z`;
const asks = (id: string, day: number, user: string, twin: string, was_helpful: boolean | null) =>
  conversation(id, at(day), { user, twin, shared: { interaction_purpose: `purpose of ${id}`, was_helpful } });

beforeAll(async () => {
  sender = await makeSender(application.db);
  const { rejected } = await sender.send(
    [
      ...people,
      { type: "user", external_id: "u3", email: "ada@acme.example", full_name: "Ada", created_at: at(1) },
      {
        type: "twin",
        external_id: "t3",
        user: "u3",
        name: "Ada's Twin",
        is_shared: true,
        last_trained_at: at(1),
        document_count: 7,
      },
      { type: "installation", twin: "t1", platform: "slack", workspace_id: "T1", installed_at: at(1) },
      { type: "installation", twin: "t1", platform: "web", installed_at: at(1), uninstalled_at: at(2) },
      // Sarah with her own twin: no sharing. Mike asks Sarah's twice and Ada's once; Sarah asks Mike's; Ada asks Sarah's.
      conversation("own", at(2)),
      asks("s1", 3, "u2", "t1", true),
      asks("s2", 4, "u2", "t1", false),
      asks("s3", 4, "u2", "t3", null),
      asks("s4", 5, "u1", "t2", true),
      asks("s5", 6, "u3", "t1", true),
      asks("today", 20, "u2", "t1", false),
    ],
    { now },
  );
  expect(rejected).toEqual([]);
  const system = systemOf(sender.org_id);
  await rollupOrganization(application.db, system, { now });
});

const sharing = (input = range, actor = readerOf(sender.org_id)) => readSharing(application.db, actor, input, now);
const twins = (input: Partial<Parameters<typeof listTwins>[2]> = {}) =>
  listTwins(
    application.db,
    readerOf(sender.org_id),
    { ...range, sort: "activities", order: "desc", limit: 50, ...input },
    now,
  );

test("who asks whose twin, how helpful that was, and which twin a department leans on; without today", async () => {
  const { latest, ...figures } = await sharing();
  const names = figures.dependence.map(({ twin_id: _id, ...rest }) => rest);
  expect({ ...figures, dependence: names }).toEqual({
    timezone: "UTC",
    not_applied: [],
    as_of_day: "2026-03-19",
    shared_interactions: 5,
    helpful: { yes: 3, no: 1, rate: 3 / 4, response_share: 4 / 5 },
    departments: [
      { asking: "Product", owning: "Engineering", interactions: 2 },
      { asking: "", owning: "Engineering", interactions: 1 },
      { asking: "Engineering", owning: "Product", interactions: 1 },
      { asking: "Product", owning: "", interactions: 1 },
    ],
    dependence: [
      { department: "Engineering", twin_name: "Mike's Twin", interactions: 1, users: 1, share: 1 },
      { department: "Product", twin_name: "Sarah's Twin", interactions: 2, users: 1, share: 2 / 3 },
      { department: "Product", twin_name: "Ada's Twin", interactions: 1, users: 1, share: 1 / 3 },
    ],
  });
  expect(latest.map(({ interaction_purpose }) => interaction_purpose)).toEqual([
    "purpose of today",
    "purpose of s5",
    "purpose of s4",
    expect.any(String),
    expect.any(String),
    "purpose of s1",
  ]);
  expect(latest[0]).toMatchObject({ asking: "Mike Johnson", twin_name: "Sarah's Twin", was_helpful: false });
});

test("the latest ones are for those who may read activities", async () => {
  const actor = { ...readerOf(sender.org_id), permissions: ["metrics.read"] } as ReturnType<typeof readerOf>;
  const { latest, shared_interactions } = await sharing(range, actor);
  expect([latest, shared_interactions]).toEqual([[], 5]);
});

test("of today alone nothing is over yet", async () => {
  const today = { start_date: "2026-03-20", end_date: "2026-03-20" };
  expect(await sharing(today)).toMatchObject({
    as_of_day: "2026-03-19",
    shared_interactions: 0,
    helpful: { rate: null, response_share: null },
    departments: [],
  });
});

test("each twin has its activities, people, days, installations, and the answers of the days that are over", async () => {
  const { twins: list, ...totals } = await twins();
  expect(totals).toEqual({
    timezone: "UTC",
    not_applied: [],
    total: 3,
    total_shared: 1,
    stale_after_days: 60,
    stale: 2,
  });
  expect(list.map(({ name, activities, users }) => [name, activities, users])).toEqual([
    ["Sarah's Twin", 5, 3],
    ["Ada's Twin", 1, 1],
    ["Mike's Twin", 1, 1],
  ]);
  const [sarahs, adas] = list;
  expect(sarahs).toMatchObject({
    owner: { name: "Sarah Chen", department: "Engineering" },
    installations: 1,
    is_stale: true,
    helpful: { yes: 2, no: 1, shared_interactions: 3 },
  });
  expect(sarahs!.days).toHaveLength(20);
  expect(sarahs!.days.slice(0, 6)).toEqual([0, 1, 1, 1, 0, 1]);
  expect(sarahs!.days.at(-1)).toBe(1);
  expect(adas).toMatchObject({ is_shared: true, is_stale: false, document_count: 7, installations: 0 });
});

test.for([
  ["name", "asc", ["Ada's Twin", "Mike's Twin", "Sarah's Twin"]],
  ["owner", "desc", ["Sarah's Twin", "Mike's Twin", "Ada's Twin"]],
  ["last_trained_at", "asc", ["Ada's Twin", "Mike's Twin", "Sarah's Twin"]],
  ["document_count", "desc", ["Ada's Twin", "Mike's Twin", "Sarah's Twin"]],
  ["installations", "desc", ["Sarah's Twin", "Ada's Twin", "Mike's Twin"]],
  ["users", "desc", ["Sarah's Twin", "Ada's Twin", "Mike's Twin"]],
  ["helpful", "asc", ["Sarah's Twin", "Mike's Twin", "Ada's Twin"]],
] as const)("twins by %s, %s; what is missing comes last", async ([sort, order, names]) => {
  expect((await twins({ sort, order })).twins.map(({ name }) => name)).toEqual(names);
  expect((await twins({ sort, order, limit: 1 })).twins.map(({ name }) => name)).toEqual([names[0]]);
});
