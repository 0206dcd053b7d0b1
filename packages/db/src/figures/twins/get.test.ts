import { addDays } from "@twin/contracts/calendar";
import { PeopleInput } from "@twin/contracts/people";
import { TwinInput } from "@twin/contracts/twins";
import { beforeAll, expect, test } from "vitest";
import { systemOf } from "../../../test/actors.ts";
import { useDatabase } from "../../../test/database.ts";
import { readerOf } from "../../../test/figures/active-days.ts";
import { makeSender, type Sender, useApplication } from "../../../test/ingesting.ts";
import { listPeopleBehind } from "../people-behind/behind.ts";
import { rollupOrganization } from "../rollup.ts";
import { followOwners } from "./follow-owners.ts";
import { getTwin } from "./get.ts";
import { setTwinOwner } from "./set-owner.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
const range = { start_date: "2026-02-25", end_date: "2026-03-20" };
const types = ["conversation", "query", "document", "shared"] as const;
const departments = ["Engineering", "Sales", undefined, "Sales", "", "Engineering", "Legal"];
let sender: Sender;
let twin_id: string;

/** Activity `i`: one every nine hours, by all people in turn, of t0 but for every fifth. */
const deeds = Array.from({ length: 200 }, (_, i) => {
  const started_at = new Date(now.getTime() - (200 - i) * 9 * 3_600_000 + 3_600_000).toISOString();
  const user = (i * i + i) % departments.length;
  const twin = i % 5 === 0 ? 1 : 0;
  const type = types[(i >> 1) % types.length]!;
  return {
    record: {
      type: "activity",
      external_id: `a${i}`,
      user: `u${user}`,
      twin: `t${twin}`,
      activity_type: type,
      platform: i % 3 ? "slack" : "web",
      started_at,
      ...(user !== 0 && { shared: { was_helpful: [true, true, false, null][i % 4] } }),
    },
    answer: user === 0 ? null : [true, true, false, null][i % 4]!,
    day: started_at.slice(0, 10),
    user,
    twin,
    type,
    platform: i % 3 ? "slack" : "web",
  };
});
const trained = "2026-03-04";

beforeAll(async () => {
  sender = await makeSender(application.db);
  const { rejected } = await sender.send(
    [
      ...departments.map((department, at) => ({
        type: "user",
        external_id: `u${at}`,
        email: `u${at}@acme.example`,
        full_name: `Person ${at}`,
        ...(department !== undefined && { department }),
        created_at: "2025-11-01T00:00:00Z",
      })),
      {
        type: "twin",
        external_id: "t0",
        user: "u0",
        name: "First",
        is_shared: true,
        document_count: 3,
        email_count: 4,
      },
      { type: "twin", external_id: "t1", user: "u1", name: "Second" },
      { type: "twin", external_id: "t0", last_trained_at: `${trained}T08:00:00Z`, name: "First" },
      {
        type: "installation",
        twin: "t0",
        platform: "slack",
        workspace_id: "T1",
        workspace_name: "Acme EU",
        installed_at: "2026-01-01T00:00:00Z",
        uninstalled_at: "2026-02-01T00:00:00Z",
      },
      {
        type: "installation",
        twin: "t0",
        platform: "slack",
        workspace_id: "T1",
        workspace_name: "Acme EU",
        installed_at: "2026-02-10T00:00:00Z",
      },
      { type: "installation", twin: "t1", platform: "slack", workspace_id: "T1", installed_at: "2026-02-10T00:00:00Z" },
      { type: "installation", twin: "t0", platform: "teams", workspace_id: "X" },
      ...deeds.map(({ record }) => record),
    ],
    { now },
  );
  expect(rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  await database.pool.query("update users set deleted_at = $2 where org_id = $1 and full_name = 'Person 6'", [
    sender.org_id,
    now,
  ]);
  const { rows } = await database.pool.query<{ id: string }>(
    "select id from twins where org_id = $1 and name = 'First'",
    [sender.org_id],
  );
  twin_id = rows[0]!.id;
});

const get = (input: object = {}, actor = readerOf(sender.org_id)) =>
  getTwin(application.db, actor, TwinInput.parse({ ...range, twin_id, ...input }), now);
const within = ({ start_date, end_date }: typeof range) =>
  deeds.filter(({ day, twin }) => twin === 0 && day >= start_date && day <= end_date);
const answersOf = (all: typeof deeds) => ({
  yes: all.filter(({ answer }) => answer === true).length,
  no: all.filter(({ answer }) => answer === false).length,
});
const countBy = (all: typeof deeds, key: (one: (typeof deeds)[number]) => string | number) => {
  const counts: Record<string, number> = {};
  for (const one of all) counts[key(one)] = (counts[key(one)] ?? 0) + 1;
  return counts;
};

type Asked = Partial<Record<"platform" | "department" | "department_not", string[]>>;
test.for<Asked>([{}, { platform: ["web"] }, { department: ["Sales", "(none)"] }, { department_not: ["Legal"] }])(
  "what a twin was asked, by whom and for what, is what a recount of its activities says: %o",
  async (filter) => {
    const answer = await get(filter);
    const passes = ({ user, platform }: (typeof deeds)[number]) => {
      const department = departments[user] || "(none)";
      return (
        (filter.platform?.includes(platform) ?? true) &&
        (filter.department?.includes(department) ?? true) &&
        !filter.department_not?.includes(department)
      );
    };
    const done = within(range).filter(passes);
    const asked = countBy(done, ({ user }) => user);
    expect(answer.not_applied).toEqual([]);
    expect(answer.activities).toBe(done.length);
    expect(answer.types).toEqual({
      ...Object.fromEntries(types.map((type) => [type, 0])),
      ...countBy(done, ({ type }) => type),
    });
    expect(answer.users).toBe(Object.keys(asked).length);
    expect(Object.fromEntries(answer.departments.map(({ department, users }) => [department, users]))).toEqual(
      countBy(
        deeds.filter((one, at) => deeds.findIndex(({ user }) => user === one.user) === at && asked[one.user]),
        ({ user }) => departments[user] || "(none)",
      ),
    );
    const living = Object.entries(asked).filter(([user]) => user !== "6");
    expect(answer.people.map(({ activities }) => activities)).toEqual(
      living
        .map(([, times]) => times)
        .toSorted((a, b) => b - a)
        .slice(0, 5),
    );
    for (const { name, activities } of answer.people) expect(activities).toBe(asked[name.replace("Person ", "")]);
    const behind = await listPeopleBehind(
      application.db,
      readerOf(sender.org_id),
      PeopleInput.parse({ ...range, ...filter, twin: [twin_id], who: "using" }),
      now,
    );
    expect([behind.total, behind.people.length]).toEqual([answer.users, living.length]);

    const finished = { ...range, end_date: "2026-03-19" };
    expect(answer.helpful).toEqual({
      ...finished,
      ...answersOf(within(finished).filter(passes)),
      shared_interactions: within(finished)
        .filter(passes)
        .filter(({ user, type }) => user !== 0 || type === "shared").length,
    });
    const before = { start_date: "2026-02-01", end_date: "2026-02-23" };
    expect(answer.helpful_previous).toEqual({ ...before, ...answersOf(within(before).filter(passes)) });
    const untrained = { start_date: "2025-12-22", end_date: addDays(trained, -1) };
    expect(answer.before_training).toEqual({ ...untrained, ...answersOf(within(untrained).filter(passes)) });
    expect(answer.weeks).toHaveLength(13);
    for (const { complete, ...week } of answer.weeks) {
      expect(week).toEqual({
        start_date: week.start_date,
        end_date: week.end_date,
        ...answersOf(within(week).filter(passes)),
      });
      expect(complete).toBe(week.end_date !== "2026-03-20");
    }
  },
);

test("its installations are spells, the open ones first, one without a known beginning as such", async () => {
  const { installations, ...twin } = await get();
  expect(twin).toMatchObject({ name: "First", is_shared: true, is_stale: false, document_count: 3, email_count: 4 });
  const spell = { workspace_id: "T1", workspace_name: "Acme EU", platform: "slack" };
  expect(installations).toMatchObject({
    open: 2,
    total: 3,
    spells: [
      { ...spell, installed_at: "2026-02-10T00:00:00.000Z", uninstalled_at: null },
      { platform: "teams", workspace_id: "X", installed_at: null, uninstalled_at: null },
      { ...spell, installed_at: "2026-01-01T00:00:00.000Z", uninstalled_at: "2026-02-01T00:00:00.000Z" },
    ],
  });
});

test("a correction of its owner is told with whose it was, and that shared use doesn't follow yet", async () => {
  const [by, put] = [systemOf(sender.org_id), "u2@acme.example"];
  const [was] = [(await get()).owner];
  expect(was).toMatchObject({ name: "Person 0" });
  await setTwinOwner(application.db, by, { twin: twin_id, owner: put }, now);
  const after = await get();
  expect(after.owner).toMatchObject({ name: "Person 2" });
  expect(after.corrections).toMatchObject([{ from: was, to: after.owner }]);
  expect(after.is_following).toBe(true);
  await followOwners(application.db, by, {});
  expect((await get()).is_following).toBe(false);
});

test("who may not read activities sees no names, another organisation no twin, and a filter by twin isn't applied", async () => {
  const figures = { ...readerOf(sender.org_id), permissions: ["metrics.read"] } as ReturnType<typeof readerOf>;
  const answer = await get({}, figures);
  expect([answer.people, answer.owner?.name, answer.corrections[0]?.from?.name]).toEqual([[], null, null]);
  expect(answer.activities).toBeGreaterThan(0);
  const { not_applied, activities } = await get({ twin: ["t1"], type: ["query"] });
  expect(not_applied.map(({ field }) => field)).toEqual(["type", "twin"]);
  expect(activities).toBe(answer.activities);
  const other = await makeSender(application.db);
  await expect(get({}, readerOf(other.org_id))).rejects.toMatchObject({ code: "NOT_FOUND" });
});
