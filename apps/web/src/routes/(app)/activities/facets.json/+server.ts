import type { RequestHandler } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { commonFilter, filtersOf } from "#lib/filters.ts";
import { rangeOf, todayIn } from "#lib/range-of.ts";
import { error, json } from "@sveltejs/kit";

/** What one may filter by, with counts; the Overview asks for it when its filter menu opens. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const { organization } = await locals.viewer();
  const { start, end } = rangeOf(url.searchParams, todayIn(organization.timezone));
  const filter = { start_date: start, end_date: end, ...commonFilter(filtersOf(url.searchParams)) };
  return json(
    await locals.api.activities.facets.query(filter).catch((cause: unknown) => {
      const { code, message, request_id } = answerOf(cause);
      error(statusOf(code), { message, request_id });
    }),
  );
};
