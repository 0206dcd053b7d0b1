import type { Actions, PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { commonFilter, filtersOf, listFilter } from "#lib/filters.ts";
import { momentText } from "@twin/wording/format";
import { activitiesLink } from "#lib/links.ts";
import { rangeOf, todayIn } from "#lib/range-of.ts";
import { redirect } from "@sveltejs/kit";
import { mustRead, namesOf } from "../figures-page.ts";
import { refusal, textOf } from "../refusal.ts";

/** A session's id tells when it began, also of one that is gone. */
const startOf = (id: string): string =>
  new Date(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toISOString();

/** The list of activities under the filters of the address. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends("activities:live");
  const { organization, permissions } = await locals.viewer();
  mustRead(permissions, "activities.read");
  const params = url.searchParams;
  const filters = filtersOf(params);
  const range = rangeOf(params, todayIn(organization.timezone));
  const dates = { start_date: range.start, end_date: range.end };
  const filter = { ...dates, ...listFilter(filters) };
  const cursor = params.get("cursor") ?? undefined;
  const peek = params.get("peek");
  const { activities } = locals.api;

  const [list, facets, peeked] = await Promise.all([
    settle(activities.list.query({ ...filter, cursor })),
    settle(activities.facets.query({ ...dates, ...commonFilter(filters) })),
    peek ? settle(activities.get.query({ id: peek, ...filter })) : null,
  ]);
  const names = await namesOf(locals.api, filters);
  if (filters.session)
    names[filters.session] = momentText(startOf(filters.session), organization.timezone, range.today);
  return {
    list,
    facets,
    peeked,
    peek,
    names,
    not_applied: list.ok ? list.value.not_applied : [],
    firstPage: cursor === undefined,
    as_of: organization.figures_at,
    mayRestore: permissions.includes("lifecycle.write"),
  };
};

export const actions: Actions = {
  /** Brings an archived month back beside what is live; a worker does it, the list tells of it. */
  restore: async ({ request, locals, url }) => {
    try {
      await locals.api.archives.restore.mutate({ month: textOf(await request.formData(), "month") });
    } catch (cause) {
      return refusal("restore", cause);
    }
    redirect(303, activitiesLink(url.searchParams, { cursor: url.searchParams.get("cursor") }));
  },
};
