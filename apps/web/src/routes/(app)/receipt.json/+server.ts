import type { RequestHandler } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { receiptOf } from "#lib/receipts.ts";
import { error, json } from "@sveltejs/kit";

/** Why a figure of some days is what it is, under the filters of the page; asked for when someone wants to know. */
export const GET: RequestHandler = async ({ locals, url }) => {
  await locals.viewer();
  const figure = receiptOf(url.searchParams.get("figure"));
  const [start_date, end_date] = ["start", "end"].map((name) => url.searchParams.get(name) ?? "") as [string, string];
  if (!figure) error(400, { message: "There is no receipt of this figure." });
  const filter = commonFilter(coarseFiltersOf(url.searchParams));
  return json(
    await locals.api.receipts.read.query({ start_date, end_date, figure, ...filter }).catch((cause: unknown) => {
      const { code, message, request_id } = answerOf(cause);
      error(statusOf(code), { message, request_id });
    }),
  );
};
