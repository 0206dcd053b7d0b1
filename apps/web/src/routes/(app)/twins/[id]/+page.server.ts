import type { PageServerLoad } from "./$types";
import { answerOf, settle, statusOf } from "#lib/api.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { todayIn } from "#lib/range-of.ts";
import { error } from "@sveltejs/kit";
import { mustRead, namesOf, rangeOfDays } from "../../figures-page.ts";
import { setOwner } from "../set-owner.ts";
import { listParams, orderParams, twinSorting } from "../sorting.ts";

/** Answers listed that didn't help. */
const few = 6;

/** One twin: who uses it and for what, how helpful it is, where it is installed, whose it is. */
export const load: PageServerLoad = async ({ locals, params: { id }, url, depends }) => {
  depends("figures:live");
  const { organization, permissions } = await locals.viewer();
  mustRead(permissions, "metrics.read");
  const { activities, twins } = locals.api;
  const range = await rangeOfDays(locals.api, url.searchParams, todayIn(organization.timezone));
  const filters = coarseFiltersOf(url.searchParams);
  const dates = { start_date: range.start, end_date: range.end };
  const listed = commonFilter({ ...filters, twin: [id], twin_not: [], type: [], type_not: [] });
  // The list that it was opened from, if any: its neighbours are those of that list.
  const list = url.searchParams.has("sort") ? twinSorting.of(url.searchParams) : null;
  const [twin, unhelpful, names] = await Promise.all([
    twins.get.query({ twin_id: id, ...dates, ...commonFilter(filters), ...list }).catch((cause: unknown) => {
      const { code, message, request_id, errors } = answerOf(cause);
      if (code === "NOT_FOUND" || errors?.some(({ path }) => path === "twin_id"))
        error(404, {
          message: "No such twin: it may have been deleted, or it belongs to another organisation.",
          request_id,
        });
      error(statusOf(code), { message, request_id });
    }),
    settle(
      activities.list.query({ ...dates, ...listed, feature: "shared_interaction", was_helpful: ["no"], limit: few }),
    ),
    namesOf(locals.api, filters),
  ]);
  return {
    range,
    from: list && { list: orderParams(list), twin: listParams(list) },
    twin,
    unhelpful,
    names,
    as_of: organization.figures_at,
    not_applied: twin.not_applied,
    mayCorrect: permissions.includes("organization.write"),
  };
};

export const actions = { setOwner };
