import type { RequestHandler } from "./$types";
import { csvFile } from "#lib/csv-file.ts";
import { filtersOf, listFilter } from "#lib/filters.ts";
import { rangeOf, todayIn } from "#lib/range-of.ts";

const usual = [
  "started_at",
  "activity_type",
  "title",
  "user_name",
  "user_email",
  "twin_name",
  "platform",
  "device_type",
  "duration_seconds",
  "message_count",
  "id",
];

/** The list as it is filtered, newest first. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const viewer = await locals.viewer();
  const range = rangeOf(url.searchParams, todayIn(viewer.organization.timezone));
  const filters = filtersOf(url.searchParams);
  // How many of a conversation's messages are of these days.
  const columns = filters.by === null ? usual : [...usual, "messages_in_range"];
  const filter = { start_date: range.start, end_date: range.end, ...listFilter(filters), limit: 200 };
  return csvFile({ locals, url }, "activities", `activities-${range.start}-${range.end}`, columns, async (cursor) => {
    const { items, next_cursor } = await locals.api.activities.list.query({ ...filter, cursor });
    return { rows: items, next: next_cursor };
  });
};
