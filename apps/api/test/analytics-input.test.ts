import { beforeAll, expect, test } from "vitest";
import { makeTenant, type Tenant, useApi } from "./world.ts";

const api = useApi();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
});

const march = { start_date: "2026-03-01", end_date: "2026-03-31" };
const reversed = { start_date: "2026-03-02", end_date: "2026-03-01" };
const half = { start_date: "2026-03-02" };
const years = { start_date: "2020-01-01", end_date: "2026-01-01" };
const future = { start_date: "2026-03-01", end_date: "2199-01-01", interval: "month", period: "month" };
const cell = { cohort: "2026-03-02", cohort_period: "week", cell: 1 };

/** What is wrong, where, and which field the answer names. */
const wrong: [what: string, name: string, input: object, field: string][] = [
  ...["engagement.read", "retention.read", "twins.list", "twins.sharing", "people.behind"].flatMap(
    (name): [string, string, object, string][] => [
      ["a range backwards", name, reversed, "start_date"],
      ["half a range", name, half, "end_date"],
      ["a day that doesn't exist", name, { start_date: "2026-02-30", end_date: "2026-03-01" }, "start_date"],
      ["a range that begins in the future", name, { start_date: "2199-01-01", end_date: "2199-01-02" }, "start_date"],
    ],
  ),
  ["days in the future", "twins.sharing", { start_date: "2026-03-01", end_date: "2199-01-01" }, "start_date"],
  ["activities of the future", "activities.list", { start_date: "2026-03-01", end_date: "2199-01-01" }, "end_date"],
  ["choices of the future", "activities.facets", { start_date: "2199-01-01", end_date: "2199-01-02" }, "start_date"],
  ["months in the future", "engagement.read", { ...future, start_date: "2190-01-01" }, "start_date"],
  ["more than 400 days", "engagement.read", years, "interval"],
  ["more than 400 cohorts", "retention.read", { ...years, period: "day" }, "period"],
  ["more than 400 days of twins", "twins.list", years, "start_date"],
  ["more than 400 days of sharing", "twins.sharing", years, "start_date"],
  ["an unknown interval", "engagement.read", { interval: "hour" }, "interval"],
  ["an unknown period", "retention.read", { period: "quarter" }, "period"],
  ["an unknown mode", "retention.read", { mode: "last" }, "mode"],
  ["an unknown match", "retention.read", { match: "before" }, "match"],
  ["no periods", "retention.read", { periods: 0 }, "periods"],
  ["401 periods", "retention.read", { periods: 401 }, "periods"],
  ["until before the cohorts", "retention.read", { ...march, until: "2026-02-28" }, "until"],
  ["until in the future", "retention.read", { ...march, until: "2199-01-01" }, "until"],
  ["NUL in a search", "users.list", { search: "a\u0000" }, "search"],
  ["half of a surrogate pair", "people.behind", { ...march, who: "used", feature: "\ud800" }, "feature"],
  ["a cohort that isn't a day", "people.behind", { ...cell, cohort: "soon" }, "cohort"],
  ["an unknown sort", "twins.list", { sort: "size" }, "sort"],
  ["too many twins", "twins.list", { limit: 1_001 }, "limit"],
  ["an unknown twin", "people.behind", { ...march, twin: "nobody's" }, "twin"],
  ["an unknown user", "people.behind", { ...march, user: "nobody" }, "user"],
  ["a feature without a name", "people.behind", { ...march, who: "used" }, "feature"],
  ["an unknown user who isn't wanted", "people.behind", { ...march, user_not: "nobody" }, "user_not"],
  ["an unknown twin of several", "metrics.daily", { ...march, twin: ["t1", "nobody's"] }, "twin"],
  ["a cohort without a cell", "people.behind", { cohort: "2026-03-02", cohort_period: "week" }, "cell"],
  ["a cohort that isn't a first day", "people.behind", { ...cell, cohort: "2026-03-03" }, "cohort"],
  ["a cohort in the future", "people.behind", { ...cell, cohort: "2199-01-07", cell: 0 }, "cohort"],
  ["a cell in the future", "people.behind", { ...cell, cell: 400 }, "cell"],
  ["a cell with a range", "people.behind", { ...cell, ...march }, "start_date"],
  ["a stage without its interval", "people.behind", { ...march, who: "lifecycle", stage: "new" }, "interval"],
  ["a stage of two weeks", "people.behind", { ...march, who: "lifecycle", stage: "new", interval: "week" }, "end_date"],
  ["no number of periods", "people.behind", { ...march, who: "often", interval: "day" }, "periods"],
  ["an interval of who was active", "people.behind", { ...march, interval: "day" }, "interval"],
  ["a cursor of another order", "users.list", { sort: "name", cursor: "ld.mmmmmmm.1" }, "cursor"],
  ["a cursor of the other direction", "people.behind", { ...march, order: "asc", cursor: "cd.mmmmmmm.1" }, "cursor"],
  ["a cursor after nobody", "users.list", { sort: "name", cursor: "na..zzzz" }, "cursor"],
  ["a cursor without a moment", "people.behind", { ...march, cursor: "cd..1" }, "cursor"],
  ["an unknown order of people", "users.list", { sort: "email" }, "sort"],
  ["a foreign cursor", "people.behind", { ...march, cursor: "o123" }, "cursor"],
];

for (const [what, name, input, field] of wrong) {
  test(`${name}: ${what} is a 400 that names ${field}`, async () => {
    const { status, problem, text } = await api.call(tenant.everything, name, input);
    expect(status, text).toBe(400);
    expect(problem.errors.map(({ path }: { path: string }) => path)).toContain(field);
  });
}

test("a filter that an answer can't apply is named in it, with why, and is no error", async () => {
  for (const [name, input, fields] of [
    ["people.behind", { ...march, who: "new", platform: "slack", twin_not: "nobody's" }, ["platform", "twin_not"]],
    ["people.behind", { ...cell, department: "Product", platform: "slack" }, ["platform"]],
    ["metrics.daily", { ...march, source: "slack", type_not: "query", platform: "slack" }, ["type_not", "source"]],
    ["activities.facets", { ...march, source: "slack", type: "query" }, ["source"]],
    ["activities.list", { ...march, source: "slack", company_not: "(none)" }, []],
  ] as const) {
    const { status, text, value } = await api.call(tenant.everything, name, input);
    expect(status, text).toBe(200);
    expect(value.not_applied.map(({ field }: { field: string }) => field)).toEqual(fields);
    for (const { why } of value.not_applied) expect(why).toMatch(/^[A-Z].*\.$/);
  }
});

test("over REST a filter given once is split at commas, one given again isn't", async () => {
  const departments = ["Sales, EMEA", "Sales", "EMEA", null];
  const started_at = new Date(Date.now() - 3_600_000).toISOString();
  const records = departments.flatMap((department, at) => [
    { type: "user", external_id: `d${at}`, email: `d${at}@acme.example`, full_name: "D", department },
    { type: "twin", external_id: `dt${at}`, user: `d${at}`, name: "T" },
    {
      type: "activity",
      external_id: `da${at}`,
      user: `d${at}`,
      twin: `dt${at}`,
      activity_type: "query",
      platform: "web",
      started_at,
    },
  ]);
  const sent = await api.fetch(tenant.everything, "/api/ingest", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ records }),
  });
  expect(sent.body.rejected).toEqual([]);
  const total = async (query: string) =>
    (await api.fetch(tenant.everything, `/api/activities?platform=web&user=d0,d1,d2,d3&${query}`)).body.total;
  expect(await total("department=Sales")).toBe(1);
  expect(await total("department=Sales,EMEA")).toBe(2);
  expect(await total("department=Sales&department=EMEA&department=Sales")).toBe(2);
  const both = "department=Sales%2C%20EMEA";
  expect(await total(both)).toBe(2);
  expect(await total(`${both}&${both}`)).toBe(1);
  expect(await total(`${both}&department=`)).toBe(1);
  expect(await total("department_not=Sales")).toBe(3);
  expect(await total("department_not=(none)")).toBe(3);
  expect(await total("department=&department_not=")).toBe(4);
});

test("the same over REST, as problem+json", async () => {
  for (const [path, field] of [
    ["/api/retention?start_date=2026-03-02&end_date=2026-03-01", "start_date"],
    ["/api/retention?start_date=2020-01-01&end_date=2026-01-01&period=day", "period"],
    ["/api/engagement?start_date=2026-03-02", "end_date"],
    ["/api/engagement?interval=hour", "interval"],
  ] as const) {
    const { status, headers, body } = await api.fetch(tenant.everything, path);
    expect(status).toBe(400);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(body.errors.map((one: { path: string }) => one.path)).toContain(field);
  }
});

test("what is asked over REST without anything is the last 28 days", async () => {
  const engagement = await api.fetch(tenant.everything, "/api/engagement");
  expect(engagement.status, engagement.text).toBe(200);
  expect(engagement.body.days).toHaveLength(28);
  const retention = await api.fetch(tenant.everything, "/api/retention?period=day&periods=7");
  expect(retention.status, retention.text).toBe(200);
  expect(retention.body.cohorts).toHaveLength(28);
  expect(retention.body.cohorts[0].cells).toHaveLength(8);
  expect(retention.body.cohorts.at(-1).cells).toMatchObject([{ period: 0, complete: false }]);
});

test("each answer made of figures says when they were brought up to date", async () => {
  const names = ["metrics", "engagement", "retention", "features/usage", "charts/activity"];
  const told = async () =>
    new Set(
      await Promise.all(names.map(async (name) => (await api.fetch(tenant.everything, `/api/${name}`)).body.as_of)),
    );
  await api.database.pool.query("update organizations set figures_at = '2026-03-02T10:00:00Z' where id = $1", [
    tenant.org_id,
  ]);
  expect(await told()).toEqual(new Set(["2026-03-02T10:00:00.000Z"]));
});
