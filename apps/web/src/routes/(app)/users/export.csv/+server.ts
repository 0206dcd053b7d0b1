import type { RequestHandler } from "./$types";
import { csvFile } from "#lib/csv-file.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { todayIn } from "#lib/range-of.ts";
import { userSorting } from "../sorting.ts";

const columns = ["name", "email", "department", "active_days", "activities", "last_active_at", "id"];

/** The people as they are searched, filtered and sorted; days and activities of the last 28 days. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const viewer = await locals.viewer();
  const search = (url.searchParams.get("search") ?? "").trim().slice(0, 200);
  const asked = {
    search: search || undefined,
    ...commonFilter(coarseFiltersOf(url.searchParams)),
    ...userSorting.of(url.searchParams),
    limit: 200,
  };
  return csvFile(
    { locals, url },
    "users",
    `users-${todayIn(viewer.organization.timezone)}`,
    columns,
    async (cursor) => {
      const { users, next_cursor } = await locals.api.users.list.query({ ...asked, cursor });
      return { rows: users, next: next_cursor };
    },
  );
};
