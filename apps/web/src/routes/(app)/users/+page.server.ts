import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { filtersOf } from "#lib/filters.ts";
import { mustRead } from "../figures-page.ts";

/** The list of people. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const { permissions } = await locals.viewer();
  mustRead(permissions, "activities.read");
  const params = url.searchParams;
  const { department } = filtersOf(params);
  const search = (params.get("search") ?? "").trim().slice(0, 200);
  const cursor = params.get("cursor") ?? undefined;
  const mayErase = permissions.includes("people.erase");
  const [list, erasures] = await Promise.all([
    settle(
      locals.api.users.list.query({
        search: search || undefined,
        department: department.length ? department : undefined,
        cursor,
      }),
    ),
    mayErase ? settle(locals.api.users.erasures.query({})) : null,
  ]);
  return {
    list,
    search,
    mayErase,
    leaving: erasures?.ok ? erasures.value.open.length : 0,
    firstPage: cursor === undefined,
  };
};
