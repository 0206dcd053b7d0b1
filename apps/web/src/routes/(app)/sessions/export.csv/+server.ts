import type { RequestHandler } from "./$types";
import { csvFile } from "#lib/csv-file.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { todayIn } from "#lib/range-of.ts";
import { rangeHere } from "../../figures-page.ts";

const columns = [
  "started_at",
  "ended_at",
  "duration_seconds",
  "user_name",
  "user_email",
  "twin_name",
  "platform",
  "device_type",
  "is_derived",
  "activities",
  "id",
];

/** The sessions that started in the range, newest first. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const viewer = await locals.viewer();
  const range = await rangeHere(locals.api, url.searchParams, todayIn(viewer.organization.timezone));
  const filter = commonFilter(coarseFiltersOf(url.searchParams));
  const asked = { start_date: range.start, end_date: range.end, ...filter, limit: 200 };
  return csvFile({ locals, url }, "sessions", `sessions-${range.start}-${range.end}`, columns, async (cursor) => {
    const { items, next_cursor } = await locals.api.sessions.list.query({ ...asked, cursor });
    return { rows: items, next: next_cursor };
  });
};
