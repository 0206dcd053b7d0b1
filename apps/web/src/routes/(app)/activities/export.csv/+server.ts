import type { RequestHandler } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { csvLine } from "#lib/charts/csv.ts";
import { filtersOf, listFilter } from "#lib/filters.ts";
import { rangeOf, todayIn } from "#lib/range-of.ts";
import { limits } from "@twin/contracts/vocabulary";
import { error } from "@sveltejs/kit";

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
] as const;

/** The list as it is filtered, newest first, at most as deep as pages reach; streamed page by page. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const { organization, permissions } = await locals.viewer();
  if (!permissions.includes("export.csv"))
    error(403, { message: "Your role reads lists here, without taking them along." });
  const range = rangeOf(url.searchParams, todayIn(organization.timezone));
  const filters = filtersOf(url.searchParams);
  // How many of a conversation's messages are of these days.
  const columns = filters.by === null ? usual : [...usual, "messages_in_range" as const];
  const filter = {
    start_date: range.start,
    end_date: range.end,
    ...listFilter(filters),
    limit: 200,
  };
  const page = (cursor?: string) => locals.api.activities.list.query({ ...filter, cursor });
  // The first page is asked before anything is sent, so that an error still is one.
  let next = await page().catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    error(statusOf(code), { message, request_id });
  });

  const bytes = new TextEncoder();
  let rows = -1;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (rows === -1) {
        rows = 0;
        return controller.enqueue(bytes.encode(csvLine([...columns])));
      }
      const lines = next.items.map((item) => csvLine(columns.map((column) => String(item[column] ?? ""))));
      if (lines.length) controller.enqueue(bytes.encode(lines.join("")));
      rows += lines.length;
      if (!next.next_cursor || rows >= limits.pageDepth) return controller.close();
      next = await page(next.next_cursor);
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="activities-${range.start}-${range.end}.csv"`,
      "cache-control": "no-store",
    },
  });
};
