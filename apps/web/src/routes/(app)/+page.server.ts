import type { Actions, PageServerLoad } from "./$types";
import { answerOf, type Client, settle } from "#lib/api.ts";
import { isEmpty } from "#lib/charts/figures.ts";
import { coarseFiltersOf, commonFilter, notAppliedBy, partlyAppliedBy } from "#lib/filters.ts";
import { firstSource } from "#lib/first-records.ts";
import { rangeOf, startingAt, todayIn } from "#lib/range-of.ts";
import { monthOf } from "@twin/contracts/calendar";
import type { Permission } from "@twin/contracts/vocabulary";
import { error, fail, redirect } from "@sveltejs/kit";
import { firstMonth, namesOf, notesOf } from "./figures-page.ts";
import type { FirstState } from "./first-hour.ts";

/** The Overview. Who may not see figures is sent to Lifecycle, or told whom to ask. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends("figures:live");
  const { organization, permissions } = await locals.viewer();
  // Operators see no figures; their first page is another.
  if (!permissions.includes("metrics.read") && permissions.includes("lifecycle.read")) redirect(307, "/lifecycle");
  if (!permissions.includes("metrics.read"))
    error(403, { message: "Your role shows jobs and policies, not people or figures. Ask an owner if you need them." });
  const filters = coarseFiltersOf(url.searchParams);

  const { metrics, features, jobs } = locals.api;
  const filter = commonFilter(filters);
  const today = todayIn(organization.timezone);
  let first: Promise<string | null> | undefined;
  const beginning = () => (first ??= firstMonth(locals.api, today).catch(() => null));
  let range = rangeOf(url.searchParams, today);
  if (range.token === "all") range = startingAt(range, (await beginning()) ?? monthOf(today));

  const dates = { start_date: range.start, end_date: range.end };
  const compare =
    url.searchParams.get("compare") !== "off" && range.token !== "all" ? ("previous" as const) : undefined;
  const status = () => settle(jobs.status.query({}));
  const [figures, breakdowns, used, demo, notes] = await Promise.all([
    settle(metrics.daily.query({ ...dates, ...filter, interval: range.interval, compare })),
    settle(metrics.breakdowns.query({ ...dates, ...filter })),
    settle(features.usage.query({ ...dates, ...filter })),
    organization.is_demo ? status() : null,
    notesOf(locals.api, dates),
  ]);

  // Three ways to be empty: nothing matches, nothing has come yet, or it has come and isn't counted yet.
  // A demonstration is filled by itself.
  let empty:
    | null
    | { kind: "no-match" | "filling" }
    | { kind: "first"; first: FirstState }
    | { kind: "counting"; days: number } = null;
  if (figures.ok && isEmpty(figures.value)) {
    const [begun, waits] = await Promise.all([beginning(), demo ?? status()]);
    const waiting = waits.ok ? waits.value.days_waiting : 0;
    empty =
      waiting > 0
        ? { kind: "counting", days: waiting }
        : begun
          ? { kind: "no-match" }
          : organization.is_demo
            ? { kind: "filling" }
            : { kind: "first", first: await firstState(locals.api, permissions) };
  }

  const unapplied = [figures, breakdowns, used].map((one) => (one.ok ? one.value.not_applied : null));
  return {
    range,
    figures,
    breakdowns,
    features: used,
    notes,
    empty,
    as_of: organization.figures_at,
    /** The demonstration's history is still on its way; a few days wait whenever somebody does something. */
    filling: demo?.ok === true && (demo.value.filling || demo.value.days_waiting > 7),
    metric: url.searchParams.get("metric"),
    names: await namesOf(locals.api, filters),
    not_applied: notAppliedBy(unapplied),
    partly: partlyAppliedBy(unapplied),
  };
};

async function firstState(api: Client, held: readonly Permission[]): Promise<FirstState> {
  const [keys, users] = await Promise.all([
    held.includes("keys.manage") ? settle(api.keys.list.query({})) : null,
    settle(api.users.list.query({ limit: 1 })),
  ]);
  const inForce = keys?.ok ? keys.value.keys.filter(({ revoked_at }) => revoked_at === null).length : 0;
  return { keys: inForce, people: users.ok ? users.value.total : 0 };
}

export const actions: Actions = {
  /** A key for the lines on the empty page, shown this once. */
  createKey: async ({ locals }) => {
    try {
      const made = await locals.api.keys.create.mutate({
        name: "First activity",
        source: firstSource,
        scopes: ["ingest.write"],
      });
      return { key: made.key };
    } catch (cause) {
      return fail(400, { message: answerOf(cause).message });
    }
  },
  /** The zone by whose days figures are. */
  setZone: async ({ locals, request }) => {
    const timezone = String((await request.formData()).get("timezone") ?? "");
    try {
      await locals.api.organization.setTimeZone.mutate({ timezone });
    } catch (cause) {
      return fail(400, { zone: answerOf(cause).message, timezone });
    }
    redirect(303, "/");
  },
  /** An organisation with invented data, opened at once. */
  makeDemonstration: async ({ locals }) => {
    try {
      const { slug } = await locals.api.organization.makeDemonstration.mutate({});
      await locals.api.access.selectOrganization.mutate({ slug });
    } catch (cause) {
      return fail(400, { demonstration: answerOf(cause).message });
    }
    redirect(303, "/");
  },
};
