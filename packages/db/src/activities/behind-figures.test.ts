import { ActivitiesInput } from "@twin/contracts/activities";
import { noValue, recordFeatures, weekdays } from "@twin/contracts/vocabulary";
import { beforeAll, expect, test } from "vitest";
import { runToEnd } from "../../test/backfilling.ts";
import { useDatabase } from "../../test/database.ts";
import { readerOf } from "../../test/figures/active-days.ts";
import { makeSender, type Sender, useApplication } from "../../test/ingesting.ts";
import type { Actor } from "../tenancy/actor.ts";
import { readFeatures } from "../figures/features/usage.ts";
import { readBreakdowns } from "../figures/metrics/breakdowns.ts";
import { readMetrics } from "../figures/metrics/read.ts";
import { rollupOrganization } from "../figures/rollup.ts";
import { setTimeZone } from "../figures/backfills/set-time-zone.ts";
import { listPeopleBehind } from "../figures/people-behind/behind.ts";
import { readSharing } from "../figures/twins/sharing.ts";
import { getActivity } from "./get.ts";
import { listActivities } from "./list.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
// Both days on which the clocks change in Berlin lie in it: 29 March would have 23 hours, 25 October has 25. Days up to
// 23 March were sealed by Kathmandu's midnights, those up to 28 March by Helsinki's: so 29 March has 24, from 23:00 on.
const now = new Date("2026-11-20T12:00:00Z");
const ranges = [
  { start_date: "2026-03-20", end_date: "2026-11-20" },
  { start_date: "2026-03-29", end_date: "2026-03-29" },
  { start_date: "2026-10-24", end_date: "2026-10-26" },
  { start_date: "2026-03-23", end_date: "2026-03-24" },
];
const types = ["conversation", "query", "document", "shared"] as const;
const departments = ["Engineering", "Product", null, "Sales"];
let sender: Sender;

/** The same series of numbers below `most` in every run. */
let seed = 7;
const random = (most: number) => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % most;
};

function activity(index: number, started: number) {
  const type = types[index % types.length]!;
  const started_at = new Date(started).toISOString();
  // Some details were made hours after their activity began, some on another day.
  const created_at = new Date(Math.min(started + random(3) * 9 * 3_600_000, now.getTime())).toISOString();
  const was_helpful = [true, false, null][random(3)];
  const parts = {
    conversation: { conversation: { title: "Talk", messages: [] } },
    query: { query: { query_text: "Where?", created_at } },
    document: { document: { title: "Draft", created_at } },
    shared: {},
  }[type];
  return {
    type: "activity",
    external_id: `a${index}`,
    user: `u${random(departments.length)}`,
    twin: `t${random(departments.length)}`,
    activity_type: type,
    platform: ["slack", "web"][random(2)],
    started_at,
    ...parts,
    ...(type === "shared" || random(3) === 0 ? { shared: { was_helpful, created_at } } : {}),
  };
}

beforeAll(async () => {
  sender = await makeSender(application.db, "Asia/Kathmandu");
  const created_at = "2026-03-01T00:00:00Z";
  const starts = [
    ...Array.from({ length: 300 }, () => Date.parse("2026-03-20T00:00:00Z") + random(245 * 24 * 60) * 60_000),
    ...Array.from({ length: 60 }, (_, at) => Date.parse("2026-03-28T22:30:00Z") + at * 30 * 60_000),
    ...Array.from({ length: 60 }, (_, at) => Date.parse("2026-10-24T21:30:00Z") + at * 30 * 60_000),
    ...Array.from({ length: 60 }, (_, at) => Date.parse("2026-03-23T06:00:00Z") + at * 30 * 60_000),
  ];
  const { rejected } = await sender.send(
    [
      ...departments.flatMap((department, at) => [
        {
          type: "user",
          external_id: `u${at}`,
          email: `u${at}@acme.example`,
          full_name: `U ${at}`,
          department,
          created_at,
        },
        { type: "twin", external_id: `t${at}`, user: `u${at}`, name: `T ${at}`, is_shared: true, created_at },
      ]),
      ...starts.map((start, index) => activity(index, start)),
    ],
    { now },
  );
  expect(rejected).toEqual([]);
  const system: Actor = systemOf(sender.org_id);
  await rollupOrganization(application.db, system, { now });
  for (const { before, timezone } of [
    { before: "2026-03-24", timezone: "Europe/Helsinki" },
    { before: "2026-03-29", timezone: "Europe/Berlin" },
  ]) {
    await database.pool.query(
      `update organizations o set sealed_from = coalesce(sealed_from, start_of('2026-03-20', day_rule_of(o))),
         sealed_before = start_of($2, day_rule_of(o)) where id = $1`,
      [sender.org_id, before],
    );
    const { backfill } = await setTimeZone(application.db, system, { timezone }, now);
    await runToEnd(application.db, sender.org_id, backfill!.id, now);
  }
  await database.pool.query("update users set deleted_at = now() where org_id = $1 and full_name = 'U 3'", [
    sender.org_id,
  ]);
});

const reader = () => readerOf(sender.org_id);
const list = (input: object) => listActivities(application.db, reader(), ActivitiesInput.parse(input), now);
/** How many a list says that it has, and how many it shows, page by page. */
async function listed(input: object): Promise<[number, number]> {
  const seen = new Set<string>();
  let cursor: string | null = null;
  for (;;) {
    const page = await list({ ...input, limit: 50, ...(cursor && { cursor }) });
    for (const { id } of page.items) seen.add(id);
    cursor = page.next_cursor;
    if (cursor === null) return [page.total, seen.size];
  }
}
const twice = (value: number) => [value, value];

test.for(ranges)("behind each weekday's hour of $start_date to $end_date are as many activities", async (range) => {
  for (const platform of [undefined, ["web"]]) {
    const { hours } = await readBreakdowns(application.db, reader(), { ...range, platform }, now);
    const cells = hours!.flatMap((row, day) =>
      row.map((value, hour) => ({ weekday_hour: `${weekdays[day]}-${hour}`, value })),
    );
    expect(await listed({ ...range, platform })).toEqual(twice(cells.reduce((sum, { value }) => sum + value, 0)));
    const most = cells.toSorted((a, b) => b.value - a.value);
    for (const { weekday_hour, value } of [...most.slice(0, 30), ...most.slice(-5)])
      expect([weekday_hour, ...(await listed({ ...range, platform, weekday_hour }))]).toEqual([
        weekday_hour,
        ...twice(value),
      ]);
  }
});

test.for(ranges)(
  "behind the uses of a feature from $start_date to $end_date are the activities of its records",
  async (range) => {
    const { features } = await readFeatures(application.db, reader(), range, now);
    const { totals } = await readMetrics(application.db, reader(), { ...range, interval: "day" }, now);
    for (const feature of recordFeatures) {
      const uses = features.find(({ feature_name }) => feature_name === feature)?.total_usage ?? 0;
      expect([feature, ...(await listed({ ...range, feature }))]).toEqual([feature, ...twice(uses)]);
    }
    expect(await listed({ ...range, feature: "document_drafted" })).toEqual(twice(totals.total_documents_drafted));
  },
);

test("some records lie on other days than their activities, so that the two lists differ", async () => {
  const differences = await Promise.all(
    ranges.map(
      async (range) =>
        (await list({ ...range, feature: "document_drafted" })).total -
        (await list({ ...range, type: "document" })).total,
    ),
  );
  expect(differences.some((one) => one !== 0)).toBe(true);
});

test("behind who asks whose twin, every dependence and every answer are as many activities and people", async () => {
  for (const range of ranges) {
    const sharing = await readSharing(application.db, reader(), range, now);
    const days = { start_date: range.start_date, end_date: sharing.as_of_day, feature: "shared_interaction" };
    expect(await listed(days)).toEqual(twice(sharing.shared_interactions));
    expect(await listed({ ...days, was_helpful: "yes" })).toEqual(twice(sharing.helpful.yes));
    expect(await listed({ ...days, was_helpful: "yes,no" })).toEqual(twice(sharing.helpful.yes + sharing.helpful.no));
    for (const { asking, owning, interactions } of sharing.departments)
      expect(await listed({ ...days, department: asking || noValue, owner_department: owning || noValue })).toEqual(
        twice(interactions),
      );
    const sum = (is: (one: (typeof sharing.departments)[number]) => boolean) =>
      sharing.departments.filter(is).reduce((all, { interactions }) => all + interactions, 0);
    expect(await listed({ ...days, same_department: "yes" })).toEqual(twice(sum((one) => one.asking === one.owning)));
    // Several departments together, as asking and as owning: what they ask each other, and what they ask all others.
    const some = ["Engineering", ""];
    const department = some.map((name) => name || noValue);
    expect(await listed({ ...days, department, owner_department: department, same_department: "no" })).toEqual(
      twice(sum(({ asking, owning }) => asking !== owning && some.includes(asking) && some.includes(owning))),
    );
    expect(await listed({ ...days, department, same_department: "no" })).toEqual(
      twice(sum(({ asking, owning }) => asking !== owning && some.includes(asking))),
    );
    for (const { department, twin_id: twin, interactions, users } of sharing.dependence) {
      expect(await listed({ ...days, department, twin })).toEqual(twice(interactions));
      const { total, people, deleted } = await listPeopleBehind(
        application.db,
        reader(),
        {
          start_date: days.start_date,
          end_date: days.end_date,
          who: "asked",
          sort: "created_at",
          department: [department],
          twin: [twin],
          limit: 200,
        },
        now,
      );
      expect([total, people.length + deleted]).toEqual(twice(users));
    }
  }
});

test("the next older and newer activity are those of the list under the same filter", async () => {
  const [range] = ranges;
  for (const filter of [{ weekday_hour: "sun-2" }, { feature: "info_retrieved" as const }]) {
    const { items } = await list({ ...range, ...filter, limit: 200 });
    expect(items.length).toBeGreaterThan(2);
    for (const at of [0, 1, items.length - 1]) {
      const detail = await getActivity(application.db, reader(), { id: items[at]!.id, ...range, ...filter }, now);
      expect([detail.newer_id, detail.older_id]).toEqual([items[at - 1]?.id ?? null, items[at + 1]?.id ?? null]);
    }
  }
});

test("in a night whose clocks go back at a minute past midnight, an hour counts what is listed behind it", async () => {
  const there = await makeSender(application.db, "America/St_Johns");
  // From 00:01 on 1 November, 02:31 UTC, it is 23:01 of the day before again.
  const begun = Array.from({ length: 12 }, (_, i) => new Date(Date.UTC(2009, 10, 1, 0, 40 + 15 * i)).toISOString());
  const records = [
    { type: "user", external_id: "u1", email: "sam@night.example", full_name: "Sam" },
    { type: "twin", external_id: "t1", user: "u1", name: "Sam's twin" },
    ...begun.map((started_at, i) => ({
      type: "activity",
      external_id: `night${i}`,
      user: "u1",
      twin: "t1",
      activity_type: "query",
      platform: "web",
      started_at,
    })),
  ];
  const at = new Date("2009-11-20T00:00:00Z");
  const { rejected } = await there.send(records, { now: at });
  expect(rejected).toEqual([]);
  const system = systemOf(there.org_id);
  await rollupOrganization(application.db, system, { now: at });
  const night = { start_date: "2009-10-31", end_date: "2009-10-31" };
  const reader = readerOf(there.org_id);
  const { hours } = await readBreakdowns(application.db, reader, night, at);
  const local = new Intl.DateTimeFormat("en-GB", { timeZone: "America/St_Johns", hour: "2-digit", minute: "2-digit" });
  const late = begun.filter((one) => local.format(new Date(one)).startsWith("23:"));
  expect(hours![5]![23]).toBe(late.length);
  const asked = ActivitiesInput.parse({ ...night, weekday_hour: "sat-23", limit: 50 });
  const list = await listActivities(application.db, reader, asked, at);
  expect(list.items.map(({ started_at }) => started_at).toSorted()).toEqual(late);
});
