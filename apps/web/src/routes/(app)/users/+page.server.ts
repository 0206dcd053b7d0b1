import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { coarseFiltersOf, commonFilter } from "#lib/filters.ts";
import { mustRead, namesOf } from "../figures-page.ts";
import { userSorting } from "./sorting.ts";

/** The list of people. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const { permissions } = await locals.viewer();
  mustRead(permissions, "activities.read");
  const params = url.searchParams;
  const filters = coarseFiltersOf(params);
  const search = (params.get("search") ?? "").trim().slice(0, 200);
  const sorted = userSorting.of(params);
  const cursor = params.get("cursor") ?? undefined;
  const mayErase = permissions.includes("people.erase");
  const [list, erasures, names] = await Promise.all([
    settle(
      locals.api.users.list.query({
        search: search || undefined,
        ...commonFilter(filters),
        ...sorted,
        cursor,
      }),
    ),
    mayErase ? settle(locals.api.users.erasures.query({})) : null,
    namesOf(locals.api, filters),
  ]);
  return {
    list,
    search,
    sorted,
    mayErase,
    leaving: erasures?.ok ? erasures.value.open.length : 0,
    firstPage: cursor === undefined,
    names,
    not_applied: list.ok ? list.value.not_applied : [],
  };
};
