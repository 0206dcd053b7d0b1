import type { RequestHandler } from "./$types";
import { csvFile } from "#lib/csv-file.ts";
import { todayIn } from "#lib/range-of.ts";
import { memberSorting, sortedMembers } from "../sorting.ts";

const columns = [
  "full_name",
  "email",
  "role",
  "content_read",
  "titles_read",
  "joined_at",
  "signed_in_at",
  "has_password",
  "deactivated_at",
  "account_id",
];

/** The members in the order of their table. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const viewer = await locals.viewer();
  return csvFile({ locals, url }, "members", `members-${todayIn(viewer.organization.timezone)}`, columns, async () => {
    const { members } = await locals.api.members.list.query({});
    return { rows: sortedMembers(members, memberSorting.of(url.searchParams)), next: null };
  });
};
