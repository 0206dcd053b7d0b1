import type { RequestHandler } from "./$types";
import { csvFile } from "#lib/csv-file.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { todayIn } from "#lib/range-of.ts";
import { rangeOfDays } from "../../figures-page.ts";
import { twinSorting } from "../sorting.ts";

const columns = [
  "name",
  "owner",
  "owner_department",
  "is_shared",
  "last_trained_at",
  "document_count",
  "installations",
  "activities",
  "users",
  "helpful_yes",
  "helpful_no",
  "id",
];

/** Every twin of the table, as it is filtered and sorted: at most as many as one answer holds. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const viewer = await locals.viewer();
  const params = url.searchParams;
  const { start, end } = await rangeOfDays(locals.api, params, todayIn(viewer.organization.timezone));
  const asked = {
    start_date: start,
    end_date: end,
    ...commonFilter(coarseFiltersOf(params)),
    ...twinSorting.of(params),
  };
  return csvFile({ locals, url }, "twins", `twins-${start}-${end}`, columns, async () => {
    const { twins } = await locals.api.twins.list.query({ ...asked, limit: 1000 });
    const rows = twins.map(({ owner, helpful, days: _days, ...twin }) => ({
      ...twin,
      owner: owner?.name,
      owner_department: owner?.department,
      helpful_yes: helpful.yes,
      helpful_no: helpful.no,
    }));
    return { rows, next: null };
  });
};
