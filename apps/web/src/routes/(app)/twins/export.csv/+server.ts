import type { RequestHandler } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { csvLine } from "#lib/charts/csv.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { todayIn } from "#lib/range-of.ts";
import { error } from "@sveltejs/kit";
import { rangeOfDays } from "../../figures-page.ts";
import { twinSorting } from "../sorting.ts";

const head = [
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
  const { organization, permissions } = await locals.viewer();
  if (!permissions.includes("export.csv"))
    error(403, { message: "Your role reads lists here, without taking them along." });
  const params = url.searchParams;
  const { start, end } = await rangeOfDays(locals.api, params, todayIn(organization.timezone));
  const { twins } = await locals.api.twins.list
    .query({
      start_date: start,
      end_date: end,
      ...commonFilter(coarseFiltersOf(params)),
      ...twinSorting.of(params),
      limit: 1000,
    })
    .catch((cause: unknown) => {
      const { code, message, request_id } = answerOf(cause);
      error(statusOf(code), { message, request_id });
    });
  const lines = twins.map(({ name, owner, helpful, ...twin }) =>
    [
      name,
      owner?.name,
      owner?.department,
      twin.is_shared,
      twin.last_trained_at,
      twin.document_count,
      twin.installations,
      twin.activities,
      twin.users,
      helpful.yes,
      helpful.no,
      twin.id,
    ].map((value) => String(value ?? "")),
  );
  const zone = organization.timezone.replaceAll(/[^A-Za-z0-9+-]+/g, "-");
  return new Response([head, ...lines].map(csvLine).join(""), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="twins-${start}-${end}-${zone}.csv"`,
      "cache-control": "no-store",
    },
  });
};
