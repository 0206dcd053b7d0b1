import { ActivitiesInput, FacetsInput } from "@twin/contracts/activities";
import { EngagementInput } from "@twin/contracts/engagement";
import { FeatureEventsInput, FeaturesInput, FirstUseInput } from "@twin/contracts/features";
import { BreakdownsInput, ChartsInput, MetricsInput } from "@twin/contracts/metrics";
import { PeopleInput } from "@twin/contracts/people";
import { receiptFigures, ReceiptInput } from "@twin/contracts/receipts";
import { RetentionInput } from "@twin/contracts/retention";
import { SessionsInput } from "@twin/contracts/sessions";
import { SharingInput, TwinInput, TwinsInput } from "@twin/contracts/twins";
import { UsersInput } from "@twin/contracts/users";
import { lifecycleStages, limits } from "@twin/contracts/vocabulary";
import { listFacets } from "../../src/activities/facets.ts";
import { getActivity } from "../../src/activities/get.ts";
import { listActivities } from "../../src/activities/list.ts";
import { listSessions } from "../../src/activities/list-sessions.ts";
import { listFeatureEvents } from "../../src/activities/list-uses.ts";
import { readEngagement } from "../../src/figures/engagement/read.ts";
import { readFirstUse } from "../../src/figures/features/first-use.ts";
import { readTogether } from "../../src/figures/features/together.ts";
import { readFeatures } from "../../src/figures/features/usage.ts";
import { readBreakdowns } from "../../src/figures/metrics/breakdowns.ts";
import { readCharts } from "../../src/figures/metrics/charts.ts";
import { readMetrics } from "../../src/figures/metrics/read.ts";
import { listPeopleBehind } from "../../src/figures/people-behind/behind.ts";
import { readProvenance } from "../../src/figures/provenance/read.ts";
import { readRetention } from "../../src/figures/retention/read.ts";
import { getTwin } from "../../src/figures/twins/get.ts";
import { listTwins } from "../../src/figures/twins/list.ts";
import { readSharing } from "../../src/figures/twins/sharing.ts";
import { listUsers } from "../../src/people/users/list.ts";
import type { Database } from "../../src/postgres/connect.ts";
import type { Actor } from "../../src/tenancy/actor.ts";

type Asked = Partial<Record<string, string[]>>;
/** A read of a procedure; its name begins with the procedure's. */
export type Read = { name: string; run(db: Database, actor: Actor, asked: Asked, now: Date): Promise<unknown> };

const named = (name: string, more: object, run: Read["run"]): Read => ({
  name: [name, ...Object.entries(more).map(([key, value]) => `${key}=${String(value)}`)].join(" "),
  run,
});
type Verb<I> = (db: Database, actor: Actor, input: I, now: Date) => Promise<unknown>;
const asking =
  <I>(name: string, verb: Verb<I>, schema: { parse(input: unknown): I }) =>
  (...questions: object[]): Read[] =>
    questions.map((more) =>
      named(name, more, (db, actor, asked, now) => verb(db, actor, schema.parse({ ...asked, ...more }), now)),
    );

/** A page by number, by a cursor to either side, and a total beyond what is counted one by one. */
const paged =
  <I extends { limit: number }>(
    name: string,
    verb: (db: Database, actor: Actor, input: I, now: Date) => Promise<{ next_cursor: string | null }>,
    schema: { parse(input: unknown): I },
  ) =>
  (...questions: object[]): Read[] =>
    questions.map((more) =>
      named(name, more, async (db, actor, asked, now) => {
        const read = (place: object) => verb(db, actor, schema.parse({ ...asked, ...more, limit: 2, ...place }), now);
        const { next_cursor: cursor } = await read({});
        await read({ page: 2 });
        if (cursor === null) return;
        const { prev_cursor } = (await read({ cursor })) as { prev_cursor?: string | null };
        if (prev_cursor) await read({ cursor: prev_cursor });
      }),
    );

/**
 * What pages read of figures, lists and people, over the days from `start_date` to `end_date` and one of them, `day`; each
 * question in the forms that change its statement.
 */
export const readsOf = ({
  start_date,
  end_date,
  day,
}: {
  start_date: string;
  end_date: string;
  day: string;
}): Read[] => {
  const range = { start_date, end_date };
  const short = { start_date: day, end_date };
  const cell = { cohort: day, cohort_period: "day" };
  return [
    ...asking(
      "metrics.daily",
      readMetrics,
      MetricsInput,
    )({ ...range, compare: "previous" }, { ...range, interval: "week" }),
    ...asking("charts.activity", readCharts, ChartsInput)(
      range,
      { ...range, interval: "week" },
      { ...range, interval: "month" },
    ),
    ...asking("metrics.breakdowns", readBreakdowns, BreakdownsInput)(range, short),
    ...asking("engagement.read", readEngagement, EngagementInput)(range, { ...range, interval: "week" }),
    ...asking(
      "retention.read",
      readRetention,
      RetentionInput,
    )(
      ...["first", "recurring"].flatMap((mode) =>
        ["on", "on_or_after"].flatMap((match) => ["day", "week"].map((period) => ({ ...range, mode, match, period }))),
      ),
    ),
    ...asking("features.usage", readFeatures, FeaturesInput)(range),
    ...asking("features.firstUse", readFirstUse, FirstUseInput)(range),
    ...asking("features.together", readTogether, FeaturesInput)(range),
    ...asking("twins.list", listTwins, TwinsInput)(
      ...["name", "owner", "activities", "helpful"].map((sort) => ({ ...range, sort })),
      {
        ...range,
        sort: "users",
        order: "asc",
      },
      { ...range, search: "person" },
    ),
    named("twins.get", range, async (db, actor, asked, now) => {
      const { twins } = await listTwins(db, actor, TwinsInput.parse({ limit: 1 }), now);
      const input = TwinInput.parse({
        ...range,
        ...asked,
        sort: "helpful",
        twin_id: "00000000-0000-0000-0000-000000000000",
      });
      for (const { id } of twins) await getTwin(db, actor, { ...input, twin_id: id }, now);
    }),
    ...asking("twins.sharing", readSharing, SharingInput)(range),
    ...asking("activities.facets", listFacets, FacetsInput)(range),
    ...asking(
      "receipts.read",
      readProvenance,
      ReceiptInput,
    )(
      ...receiptFigures.map((figure) => ({ ...range, figure })),
      ...["total_messages", "new_users"].map((figure) => ({ start_date: day, end_date: day, figure })),
    ),
    ...paged("people.behind", listPeopleBehind, PeopleInput)(
      range,
      { ...range, sort: "name" },
      { ...range, sort: "last_active_at", order: "asc" },
      { ...range, who: "new" },
      { ...range, who: "asked" },
      { ...range, who: "using" },
      { ...range, who: "often", interval: "day", periods: 2 },
      ...lifecycleStages.map((stage) => ({ ...short, who: "lifecycle", interval: "month", stage })),
      { ...range, who: "used", feature: "question_asked" },
      { ...range, who: "adopted", feature: "question_asked" },
      { ...range, who: "together", used: "question_asked", unused: "*" },
      { ...range, who: "first", cohort_period: "day" },
      { ...range, who: "back", cohort_period: "day", after: 1 },
      { ...range, who: "back", cohort_period: "day", after: 1, match: "on_or_after" },
      { ...range, who: "back", cohort_period: "day", after: 1, mode: "recurring" },
      { ...cell, cell: 0 },
      { ...cell, cell: 1, mode: "recurring" },
    ),
    ...paged("activities.list", listActivities, ActivitiesInput)(
      range,
      { ...range, with_messages: "any" },
      { ...range, with_messages: "user" },
      { ...range, feature: "info_retrieved" },
      { ...range, feature: "shared_interaction", was_helpful: "yes" },
      { ...range, same_department: "yes" },
      { ...range, owner_department: "Sales" },
      { ...range, weekday_hour: "wed-10" },
    ),
    ...paged("sessions.list", listSessions, SessionsInput)(range),
    ...paged("features.events", listFeatureEvents, FeatureEventsInput)({ ...range, feature_name: "handoff" }),
    ...paged("users.list", listUsers, UsersInput)(
      {},
      { search: "person" },
      ...["name", "created_at", "last_active_at"].flatMap((sort) => ["asc", "desc"].map((order) => ({ sort, order }))),
    ),
    named("activities.get", {}, async (db, actor, asked, now) => {
      const page = await listActivities(db, actor, ActivitiesInput.parse({ ...range, ...asked, limit: 3 }), now);
      const found = page.items[1] ?? page.items[0];
      if (found) await getActivity(db, actor, { ...range, ...asked, id: found.id } as never, now);
    }),
  ];
};

/** Beyond this many rows a list's total is that of its figure. */
export const longList = limits.pageDepth + 1;
