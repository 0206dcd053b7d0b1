import { addDays, type Interval, intervals } from "@twin/contracts/calendar";
import type { Filter } from "@twin/contracts/filter";
import type { MetricRow } from "@twin/contracts/metrics";
import { noValue } from "@twin/contracts/vocabulary";
import fc from "fast-check";
import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { deliver, delivery, isSettled } from "../../../test/figures/deliver.ts";
import { afterAll, type History, history, instantOf } from "../../../test/figures/history.ts";
import { type Figures, figuresOf } from "../../../test/figures/reference.ts";
import { useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { readMetrics } from "./read.ts";

const database = useDatabase();
const application = useApplication(database);
const member = (org_id: number): Actor => ({
  kind: "member",
  org_id,
  account_id: "a",
  name: "a",
  role: "analyst",
  permissions: [],
  request_id: "test",
});

type Facts = { day: string; user: number; twin: string; platform: string; row: Record<string, number> };

const passes = (filter: Filter, field: "platform" | "twin" | "user" | "department", value: string) =>
  (filter[field]?.includes(value) ?? true) && !filter[`${field}_not`]?.includes(value);

/** The answer's rows, counted from the reference's facts. */
function recount(h: History, figures: Figures, range: { start_date: string; end_date: string }, filter: Filter) {
  const departmentOf = (user: number) => h.people[user]?.department ?? noValue;
  const facts = Object.entries(figures.userDays)
    .map(([key, row]): Facts => {
      const [day, user, twin, platform] = key.split(" ") as [string, string, string, string];
      return { day, user: Number(user), twin, platform, row };
    })
    .filter(
      (fact) =>
        fact.day >= range.start_date &&
        fact.day <= range.end_date &&
        passes(filter, "platform", fact.platform) &&
        passes(filter, "twin", `t${fact.twin}`) &&
        passes(filter, "user", `u${fact.user}`) &&
        passes(filter, "department", departmentOf(fact.user)),
    );
  const rowOf = (rows: Facts[]) => {
    const sum = (...columns: string[]) =>
      rows.reduce((total, { row }) => total + columns.reduce((s, column) => s + (row[column] ?? 0), 0), 0);
    const breakdown: Record<string, number> = {};
    for (const { platform, row } of rows)
      if (row["sessions"]) breakdown[platform] = (breakdown[platform] ?? 0) + row["sessions"];
    const ended = sum("ended_sessions");
    return {
      users: new Set(rows.filter(({ row }) => row["sessions"]).map(({ user }) => user)).size,
      total_sessions: sum("sessions"),
      total_conversations: sum("conversations"),
      total_messages: sum("user_messages", "twin_messages"),
      total_documents_drafted: sum("documents"),
      total_queries: sum("queries"),
      total_shared_interactions: sum("shared_interactions"),
      avg_session_duration_seconds: ended === 0 ? 0 : Math.round(sum("session_seconds") / ended),
      platform_breakdown: breakdown,
    };
  };
  return {
    total: rowOf(facts),
    of: (first: string, last: string) => rowOf(facts.filter(({ day }) => day >= first && day <= last)),
  };
}

const filters: Filter[] = [
  {},
  { platform: ["slack"] },
  { platform: ["slack", "web"] },
  { twin: ["t0"] },
  { user: ["u1"] },
  { department: ["Product"] },
  { department: [noValue, "Product"] },
  { platform: ["web"], twin: ["t1"], department: ["Engineering"] },
  { platform_not: ["web"], department_not: ["Product"] },
  { twin_not: ["t0"], user_not: ["u2"] },
  { department_not: [noValue], user: ["u0", "u1"] },
];

test(
  "rows, totals and distinct users equal a recount, under every filter and interval",
  { timeout: 180_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        history.filter(isSettled),
        delivery,
        fc.constantFrom<Interval>("day", "week", "month"),
        async (h, how, interval) => {
          const org_id = await deliver(application.db, h, { ...how, batches: 1, rollups: 0 });
          const figures = figuresOf(h);
          const first = instantOf(h, 0).slice(0, 10);
          const range = { start_date: addDays(first, -1), end_date: addDays(first, 33) };
          for (const filter of filters) {
            const answer = await readMetrics(
              application.db,
              member(org_id),
              { ...range, ...filter, interval },
              afterAll(h),
            );
            const expected = recount(h, figures, range, filter);
            const { users, ...totals } = expected.total;
            expect(answer.totals).toMatchObject({ ...totals, active_users: users });
            for (const row of answer.days) {
              const { users: active, ...columns } = expected.of(row.start_date, row.end_date);
              expect(row).toMatchObject({ ...columns, total_active_users: active });
            }
            const asks = (...fields: string[]) =>
              Object.keys(filter).some((on) => fields.includes(on.replace("_not", "")));
            const hasUsers = !asks("platform", "twin");
            const hasInstallations = !asks("user", "department");
            expect(answer.totals.new_users === null).toBe(!hasUsers);
            expect(answer.totals.total_twin_installations === null).toBe(!hasInstallations);
          }
          const dailyNew = Object.entries(figures.daily).filter(
            ([day]) => day >= range.start_date && day <= range.end_date,
          );
          const answer = await readMetrics(application.db, member(org_id), { ...range, interval }, afterAll(h));
          expect(answer.totals.new_users).toBe(
            dailyNew.reduce((sum, [, row]) => sum + (row["new_users"] as number), 0),
          );
          const byDepartment = await readMetrics(
            application.db,
            member(org_id),
            { ...range, interval, department: ["Product"] },
            afterAll(h),
          );
          expect(byDepartment.totals.new_users).toBe(
            h.people.filter((p) => p.department === "Product" && p.created! <= 33 * 1_440).length,
          );
        },
      ),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 8), endOnFailure: true },
    );
  },
);

/** A row as `recount` has it. */
const counted = ({ total_active_users: users, ...row }: MetricRow) => ({ users, ...row });

test(
  "a bucket's counterpart is a recount of the same days, earlier by the length of the range; so are their totals",
  { timeout: 180_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        history.filter(isSettled),
        delivery,
        fc.integer({ min: 0, max: 33 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 5 }),
        async (h, how, at, length, before) => {
          const org_id = await deliver(application.db, h, { ...how, batches: 1, rollups: 0 });
          const figures = figuresOf(h);
          const now = new Date(Date.parse(`${addDays(instantOf(h, 0).slice(0, 10), at)}T11:00:00Z`));
          const { today } = await readMetrics(application.db, member(org_id), { interval: "day" }, now);
          const end_date = addDays(today, -before);
          const range = { start_date: addDays(end_date, 1 - length), end_date };
          for (const filter of filters) {
            const recounted = recount(h, figures, { start_date: addDays(today, -90), end_date: today }, filter);
            for (const interval of intervals) {
              const asked = { ...range, ...filter, interval, compare: "previous" } as const;
              const { days, previous, finished } = await readMetrics(application.db, member(org_id), asked, now);
              expect(previous!.days).toHaveLength(days.length);
              for (const [index, row] of days.entries()) {
                const held = row.end_date === today && row.start_date < today;
                const ended = held ? addDays(today, -1) : row.end_date;
                const [first, last] = [addDays(row.start_date, -length), addDays(ended, -length)];
                const against = previous!.days[index]!;
                expect(against).toMatchObject({ metric_date: first, start_date: first, end_date: last });
                expect(counted(against)).toMatchObject(recounted.of(first, last));
                expect(counted(row)).toMatchObject(recounted.of(row.start_date, row.end_date));
                if (index === days.length - 1)
                  expect(previous!.until_yesterday && counted(previous!.until_yesterday)).toEqual(
                    held
                      ? expect.objectContaining({
                          metric_date: row.metric_date,
                          ...recounted.of(row.start_date, ended),
                        })
                      : null,
                  );
              }
              const ended = addDays(end_date, before === 0 ? -1 : 0);
              const current = recounted.of(range.start_date, ended);
              const earlier = recounted.of(addDays(range.start_date, -length), addDays(ended, -length));
              for (const [totals, { users, ...sums }] of [
                [finished, current],
                [previous!.current, current],
                [previous!.totals, earlier],
              ] as const)
                expect(totals).toMatchObject({ active_users: users, ...sums });
            }
          }
        },
      ),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 6), endOnFailure: true },
    );
  },
);
