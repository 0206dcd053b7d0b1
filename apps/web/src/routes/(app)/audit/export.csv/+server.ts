import type { RequestHandler } from "./$types";
import { csvFile } from "#lib/csv-file.ts";
import { todayIn } from "#lib/range-of.ts";
import { rangeHere } from "../../figures-page.ts";
import { auditAsked } from "../asked.ts";

const columns = [
  "at",
  "actor_kind",
  "actor_id",
  "actor_name",
  "action",
  "object_type",
  "object_id",
  "object_name",
  "reason",
  "network",
  "request_id",
  "details",
  "id",
];

/** What was done, as it is filtered. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const viewer = await locals.viewer();
  const range = await rangeHere(locals.api, url.searchParams, todayIn(viewer.organization.timezone));
  const asked = { ...auditAsked(url.searchParams), start_date: range.start, end_date: range.end, limit: 200 };
  return csvFile({ locals, url }, "audit", `audit-${range.start}-${range.end}`, columns, async (cursor) => {
    const before = cursor === undefined ? undefined : Number(cursor);
    const { rows, older } = await locals.api.audit.list.query({ ...asked, before });
    return {
      rows: rows.map(({ details, ...row }) => ({ ...row, details: JSON.stringify(details) })),
      next: older === null ? null : String(older),
    };
  });
};
