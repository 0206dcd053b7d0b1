import type { RequestHandler } from "./$types";
import { csvFile } from "#lib/csv-file.ts";
import { coarseFiltersOf } from "#lib/filters.ts";
import { todayIn } from "#lib/range-of.ts";
import { rangeHere } from "../../figures-page.ts";
import { peopleSorting } from "../sorting.ts";
import { questionOf, whomOf } from "../whom.ts";

const columns = ["name", "email", "department", "created_at", "last_active_at", "id"];

/** The people behind a number, in the order of their list. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const viewer = await locals.viewer();
  const range = await rangeHere(locals.api, url.searchParams, todayIn(viewer.organization.timezone));
  const whom = whomOf(url.searchParams);
  const asked = {
    ...questionOf(whom, range, coarseFiltersOf(url.searchParams)),
    ...peopleSorting.of(url.searchParams),
    limit: 200,
  };
  const days =
    whom.kind === "cell" ? `${whom.cohort}-${whom.cohort_period}-${whom.cell}` : `${range.start}-${range.end}`;
  return csvFile(
    { locals, url },
    "people",
    `people-${whom.kind === "cell" ? "cohort" : whom.who}-${days}`,
    columns,
    async (cursor) => {
      const { people, next_cursor } = await locals.api.people.behind.query({ ...asked, cursor });
      return { rows: people, next: next_cursor };
    },
  );
};
