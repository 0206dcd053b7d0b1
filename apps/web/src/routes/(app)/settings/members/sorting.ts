import type { Member } from "@twin/contracts/members";
import { roles } from "@twin/contracts/vocabulary";
import { sorting, type Sorted, sortRows } from "#lib/sorting.ts";

type MemberSort = "name" | "role" | "signed_in";

/** How the table of members is sorted: by name, where nothing else is asked for. */
export const memberSorting = sorting<MemberSort>(
  [
    { sort: "name", name: "Member", first: "asc", number: false },
    { sort: "role", name: "Role", first: "asc", number: false },
    { sort: null, name: "Reads by name", first: "asc", number: false },
    { sort: "signed_in", name: "Signed in", first: "desc", number: true },
  ],
  "name",
);

const values: Record<MemberSort, (member: Member) => string | number | null> = {
  name: ({ full_name }) => full_name,
  role: ({ role }) => roles.indexOf(role),
  signed_in: ({ signed_in_at }) => (signed_in_at === null ? null : Date.parse(signed_in_at)),
};

/** Members in the order that is asked for; roles go from owner down. */
export const sortedMembers = (members: Member[], { sort, order }: Sorted<MemberSort>): Member[] =>
  sortRows(members, values[sort], order);
