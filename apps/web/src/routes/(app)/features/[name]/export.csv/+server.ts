import type { RequestHandler } from "./$types";
import { csvFile } from "#lib/csv-file.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { todayIn } from "#lib/range-of.ts";
import { builtInFeatures } from "@twin/contracts/vocabulary";
import { error } from "@sveltejs/kit";
import { rangeHere } from "../../../figures-page.ts";

const columns = ["used_at", "count", "user_name", "user_email", "user_id", "id"];

/** The uses of a feature that senders recorded in the range, newest first. */
export const GET: RequestHandler = async ({ locals, params: { name }, url }) => {
  const viewer = await locals.viewer();
  if (name in builtInFeatures)
    error(404, { message: "Uses of this feature are activities: the list of activities has a file of its own." });
  const range = await rangeHere(locals.api, url.searchParams, todayIn(viewer.organization.timezone));
  const filter = commonFilter(coarseFiltersOf(url.searchParams));
  const asked = { feature_name: name, start_date: range.start, end_date: range.end, ...filter, limit: 200 };
  return csvFile({ locals, url }, "uses", `uses-${name}-${range.start}-${range.end}`, columns, async (cursor) => {
    const { items, next_cursor } = await locals.api.features.events.query({ ...asked, cursor });
    return { rows: items, next: next_cursor };
  });
};
