import { ActivitiesInput, FacetsInput } from "@twin/contracts/activities";
import { EngagementInput } from "@twin/contracts/engagement";
import { FeaturesInput } from "@twin/contracts/features";
import type { NotApplied } from "@twin/contracts/filter";
import { BreakdownsInput, ChartsInput, type MetricsAnswer, MetricsInput } from "@twin/contracts/metrics";
import { PeopleInput } from "@twin/contracts/people";
import { receiptFigures, ReceiptInput } from "@twin/contracts/receipts";
import { RetentionInput } from "@twin/contracts/retention";
import { SharingInput, TwinsInput } from "@twin/contracts/twins";
import { UsersInput } from "@twin/contracts/users";
import { activityTypes } from "@twin/contracts/vocabulary";
import fc from "fast-check";
import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { readerOf } from "../../../test/figures/active-days.ts";
import {
  type Asked,
  askedOf,
  type Crowd,
  crowd,
  emailOf,
  gather,
  now,
  range,
  recount,
} from "../../../test/figures/crowd.ts";
import { useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { listFacets } from "../../activities/facets.ts";
import { listActivities } from "../../activities/list.ts";
import { readEngagement } from "../engagement/read.ts";
import { readFirstUse } from "../features/first-use.ts";
import { readTogether } from "../features/together.ts";
import { readFeatures } from "../features/usage.ts";
import { listPeopleBehind } from "../people-behind/behind.ts";
import { readProvenance } from "../provenance/read.ts";
import { readRetention } from "../retention/read.ts";
import { listTwins } from "../twins/list.ts";
import { readSharing } from "../twins/sharing.ts";
import { listUsers } from "../../people/users/list.ts";
import { readBreakdowns } from "../metrics/breakdowns.ts";
import { readCharts } from "../metrics/charts.ts";
import { readMetrics } from "../metrics/read.ts";

const database = useDatabase();
const application = useApplication(database);
const db = () => application.db;

/** The filter as an answer took it: without what it says that it couldn't, which must be exactly `beyond` of what was sent. */
function appliedOf(asked: Asked, not_applied: NotApplied, beyond: readonly string[]): Asked {
  const told = not_applied.map(({ field }) => field);
  const expected = Object.keys(asked).filter((field) => beyond.includes(field.replace("_not", "")));
  expect(told.toSorted()).toEqual(expected.toSorted());
  return Object.fromEntries(Object.entries(asked).filter(([field]) => !told.includes(field)));
}
const ofFigures = ["type", "source"];
const ofUse = ["platform", "twin"];
const any = (asked: Asked, fields: readonly string[]) =>
  Object.keys(asked).some((field) => fields.includes(field.replace("_not", "")));

const sum = (all: readonly number[]) => all.reduce((total, one) => total + one, 0);
const countsOf = <T>(all: readonly T[], key: (one: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const one of all) counts[key(one)] = (counts[key(one)] ?? 0) + 1;
  return counts;
};
const without = (asked: Asked, name: string): Asked =>
  Object.fromEntries(Object.entries(asked).filter(([field]) => field.replace("_not", "") !== name));

async function expectAgreement(world: Crowd, org_id: number, asked: Asked): Promise<void> {
  const reader = readerOf(org_id);
  const input = { ...range, ...asked };
  const of = (not_applied: NotApplied, beyond: readonly string[]) =>
    recount(world, appliedOf(asked, not_applied, beyond));
  const attribute = (at: number, name: "department" | "company") =>
    (world.people[at]!.state === "erased" ? null : world.people[at]![name]) || "(none)";

  const list = await listActivities(db(), reader, ActivitiesInput.parse({ ...input, limit: 200 }), now);
  const { listed, counted: told } = of(list.not_applied, []);
  // Of sealed days the list counts what erased people did as the figures do, and says so; figures know no sources.
  const gone = sum(list.unlisted.map(({ count }) => count));
  const isTold = !any(asked, ["source"]);
  expect([list.total, list.items.length, gone]).toEqual([
    isTold ? told.length : listed.length,
    listed.length,
    isTold ? told.length - listed.length : 0,
  ]);

  const facets = await listFacets(db(), reader, FacetsInput.parse(input), now);
  appliedOf(asked, facets.not_applied, ["source"]);
  for (const [name, key] of [
    ["type", (deed) => deed.type],
    ["platform", (deed) => deed.platform],
    ["department", (deed) => attribute(deed.user, "department")],
    ["company", (deed) => attribute(deed.user, "company")],
  ] as [keyof Omit<typeof facets, "not_applied">, (deed: Crowd["deeds"][number]) => string][]) {
    const { counted } = recount(world, without(without(asked, "source"), name));
    const choices = Object.fromEntries(facets[name].map(({ value, count }) => [value, count]));
    expect([name, choices]).toEqual([name, countsOf(counted, key)]);
  }

  const metrics = await readMetrics(db(), reader, MetricsInput.parse(input), now);
  const figures = of(metrics.not_applied, ofFigures);
  const { counted, used, active } = figures;
  const sessions = {
    total_sessions: counted.length,
    platform_breakdown: countsOf(counted, ({ platform }) => platform),
  };
  expect(metrics.totals).toMatchObject({
    ...sessions,
    active_users: active.size,
    new_users: any(asked, ofUse) ? null : figures.newcomers.length,
    total_conversations: used.question_asked.length,
    total_messages: figures.messages,
    total_documents_drafted: used.document_drafted.length,
    total_queries: used.info_retrieved.length,
    total_shared_interactions: used.shared_interaction.length,
  });
  expect(metrics.totals.total_twin_installations).toBe(any(asked, ["user", "department", "company"]) ? null : 0);
  expect(metrics.days.map(({ metric_date, total_sessions }) => [metric_date, total_sessions])).toEqual(
    metrics.days.map(({ metric_date }, at) => [metric_date, counted.filter(({ day }) => day === at).length]),
  );

  const charts = await readCharts(db(), reader, ChartsInput.parse(input), now);
  appliedOf(asked, charts.not_applied, ofFigures);
  for (const type of activityTypes)
    expect(sum(charts.buckets.map((bucket) => bucket[type]))).toBe(counted.filter((one) => one.type === type).length);

  const breakdowns = await readBreakdowns(db(), reader, BreakdownsInput.parse(input), now);
  appliedOf(asked, breakdowns.not_applied, ofFigures);
  if (breakdowns.hours) expect(sum(breakdowns.hours.flat())).toBe(counted.length);
  else expect(any(asked, ["twin", "user", "department", "company"])).toBe(true);
  expect(Object.fromEntries(breakdowns.twins.map(({ name, activities }) => [name, activities]))).toEqual(
    countsOf(counted, ({ twin }) => `Twin ${twin}`),
  );
  const helpful = (answer: boolean) => used.shared_interaction.filter((one) => one.helpful === answer).length;
  const answers = { yes: helpful(true), no: helpful(false) };
  expect(breakdowns.helpful).toEqual({ ...answers, shared_interactions: used.shared_interaction.length });
  expect(breakdowns.engagement).toMatchObject({ mau: active.size });

  await expectReceipts(world, reader, asked, metrics);

  const twins = await listTwins(db(), reader, TwinsInput.parse(input), now);
  appliedOf(asked, twins.not_applied, ofFigures);
  const byTwin = countsOf(counted, ({ twin }) => `Twin ${twin}`);
  expect(twins.total).toBe(twins.twins.length);
  for (const twin of twins.twins) {
    const of_it = counted.filter((deed) => `Twin ${deed.twin}` === twin.name);
    expect([twin.name, twin.activities, sum(twin.days), twin.users]).toEqual([
      twin.name,
      byTwin[twin.name] ?? 0,
      byTwin[twin.name] ?? 0,
      new Set(of_it.map(({ user }) => user)).size,
    ]);
  }
  expect(sum(twins.twins.map(({ activities }) => activities))).toBe(counted.length);
  const sharing = await readSharing(db(), reader, SharingInput.parse(input), now);
  appliedOf(asked, sharing.not_applied, ofFigures);
  expect(sharing.shared_interactions).toBe(used.shared_interaction.length);
  expect(sum(sharing.departments.map(({ interactions }) => interactions))).toBe(used.shared_interaction.length);
  expect(sharing.helpful).toMatchObject(answers);

  const people = async (question: object, beyond: readonly string[], who: Set<number>) => {
    const answer = await listPeopleBehind(db(), reader, PeopleInput.parse({ ...input, limit: 200, ...question }), now);
    appliedOf(asked, answer.not_applied, beyond);
    const living = [...who].filter(figures.isLiving);
    expect([question, answer.total, answer.deleted]).toEqual([question, who.size, who.size - living.length]);
    expect(answer.people.map(({ name }) => name).toSorted()).toEqual(living.map((at) => `Person ${at}`).toSorted());
  };
  await people({}, ofFigures, active);
  await people({ who: "asked" }, ofFigures, figures.distinct(used.shared_interaction));
  const newcomers = recount(world, without(without(asked, "platform"), "twin")).newcomers;
  await people({ who: "new" }, [...ofFigures, ...ofUse], new Set(newcomers));

  const usage = await readFeatures(db(), reader, FeaturesInput.parse(input), now);
  const leavesOut = any(asked, ofUse) && recount(world, {}).handoffs.length > 0;
  appliedOf(asked, usage.not_applied, leavesOut ? [...ofFigures, ...ofUse] : ofFigures);
  const uses = { ...used, ...(any(asked, ofUse) ? {} : { handoff: figures.handoffs }) };
  expect(Object.fromEntries(usage.features.map(({ feature_name: name, total_usage }) => [name, total_usage]))).toEqual(
    Object.fromEntries(Object.entries(uses).flatMap(([name, all]) => (all.length ? [[name, all.length]] : []))),
  );
  const firstUse = await readFirstUse(db(), reader, { ...FeaturesInput.parse(input), interval: "day" }, now);
  const together = await readTogether(db(), reader, FeaturesInput.parse(input), now);
  expect(together.users).toBe(figures.distinct(Object.values(uses).flat()).size);
  expect(together.not_applied).toEqual(usage.not_applied);
  for (const { feature_name: feature, users, adoption, days } of usage.features) {
    const who = figures.distinct(uses[feature as keyof typeof uses]!);
    expect([feature, users, sum(days!)]).toEqual([feature, who.size, uses[feature as keyof typeof uses]!.length]);
    expect(adoption).toBe(active.size === 0 ? null : [...who].filter((one) => active.has(one)).length / active.size);
    expect(firstUse.features.find((one) => one.feature_name === feature)?.users.at(-1)).toBe(who.size);
    await people({ who: "used", feature }, ofFigures, who);
    await people({ who: "adopted", feature }, ofFigures, who);
  }
  expect(firstUse.features.length).toBe(usage.features.length);
  expect(firstUse.buckets.at(-1)!.known).toBe(active.size);

  const engagement = await readEngagement(db(), reader, EngagementInput.parse(input), now);
  appliedOf(asked, engagement.not_applied, ofFigures);
  const onDay = (day: number) => figures.distinct(counted.filter((deed) => deed.day === day)).size;
  expect(engagement.days.map(({ dau }) => dau)).toEqual(engagement.days.map((_, day) => onDay(day)));
  expect(engagement.days.at(-1)!.mau).toBe(active.size);
  expect(sum(engagement.active_days.map(({ users }) => users))).toBe(active.size);
  expect(sum(engagement.lifecycle.map((one) => one.new))).toBe(active.size);
  for (const [day, one] of engagement.lifecycle.entries())
    expect(one.new + one.returning + one.resurrecting).toBe(onDay(day));

  const retention = await readRetention(db(), reader, RetentionInput.parse({ ...input, period: "day" }), now);
  const cohorts = of(retention.not_applied, [...ofFigures, ...ofUse]);
  expect(sum(retention.cohorts.map(({ size }) => size))).toBe(cohorts.active.size);
  const weekly = await readRetention(db(), reader, RetentionInput.parse({ ...input, mode: "recurring" }), now);
  for (const [week, { size, cohort }] of weekly.cohorts.entries()) {
    const [first, last] = [week * 7, week * 7 + 6];
    const who = cohorts.distinct(cohorts.counted.filter(({ day }) => day >= first && day <= last));
    expect([week, size]).toEqual([week, who.size]);
    const cell = {
      start_date: undefined,
      end_date: undefined,
      cohort,
      cohort_period: "week",
      cell: 0,
      mode: "recurring",
    };
    await people(cell, [...ofFigures, ...ofUse], who);
  }

  const users = await listUsers(
    db(),
    { ...reader, permissions: ["people.read"] } as never,
    UsersInput.parse(asked),
    now,
  );
  const members = of(users.not_applied, ["type", ...ofUse]).users.map(emailOf);
  expect([users.total, users.users.map(({ email }) => email).toSorted()]).toEqual([members.length, members.toSorted()]);
}

/** Why a figure is what it is: the figure, the raw rows that there are of it, and of an open day the same from these. */
async function expectReceipts(world: Crowd, reader: Actor, asked: Asked, metrics: MetricsAnswer): Promise<void> {
  const isThere = (deed: Crowd["deeds"][number]) => world.people[deed.user]!.state !== "erased";
  for (const [figure, rowsOf] of Object.entries(rowsOfFigures) as [
    keyof typeof rowsOfFigures,
    (one: Recount) => number,
  ][]) {
    const receipt = await readProvenance(db(), reader, ReceiptInput.parse({ ...range, ...asked, figure }), now);
    const applied = appliedOf(
      asked,
      receipt.not_applied,
      figure === "new_users" ? [...ofFigures, ...ofUse] : ofFigures,
    );
    const { counted, used, ...others } = recount(world, applied);
    if (receipt.not_applied.every(({ field }) => any({ [field]: [] }, ofFigures)))
      expect([figure, receipt.value]).toEqual([figure, metrics.totals[figure]]);
    const there = {
      ...others,
      counted: counted.filter(isThere),
      used: { ...used, shared_interaction: used.shared_interaction.filter(isThere) },
    };
    expect([figure, receipt.sources[0]!.rows]).toEqual([figure, rowsOf(there)]);
  }
  const day = { start_date: range.end_date, end_date: range.end_date };
  for (const figure of receiptFigures) {
    const receipt = await readProvenance(db(), reader, ReceiptInput.parse({ ...day, ...asked, figure }), now);
    expect([figure, receipt.recomputed]).toEqual([figure, receipt.value]);
  }
}
type Recount = Pick<ReturnType<typeof recount>, "counted" | "used" | "newcomers">;
const rowsOfFigures = {
  total_sessions: ({ counted }: Recount) => counted.length,
  total_messages: ({ counted }: Recount) => counted.filter(({ type }) => type === "conversation").length * 2,
  total_documents_drafted: ({ counted }: Recount) => counted.filter(({ type }) => type === "document").length,
  total_shared_interactions: ({ used }: Recount) => used.shared_interaction.length,
  new_users: ({ newcomers }: Recount) => newcomers.length,
};

test(
  "lists, choices, figures, and the people behind them agree with each other and a plain recount under every filter",
  { timeout: 600_000 },
  async () => {
    const cases = crowd.chain((world) =>
      fc.tuple(fc.constant(world), fc.array(askedOf(world), { minLength: 6, maxLength: 6 })),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([world, filters]) => {
        const org_id = await gather(
          db(),
          world,
          async (text, values) => (await database.pool.query(text, values)).rows,
        );
        for (const asked of [{}, { department: ["(none)"] }, ...filters]) await expectAgreement(world, org_id, asked);
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 5), endOnFailure: true },
    );
  },
);
