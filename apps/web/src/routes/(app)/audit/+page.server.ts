import type { Actions, PageServerLoad } from "./$types";
import { answerOf, settle } from "#lib/api.ts";
import { auditLink } from "#lib/links.ts";
import { todayIn } from "#lib/range-of.ts";
import { actionName, actionsKnown } from "@twin/wording/audit";
import { error, fail, redirect } from "@sveltejs/kit";
import { rangeHere } from "../figures-page.ts";
import { auditAsked, rowOf } from "./asked.ts";

/** What was done in the days of the address, by whom and to what; `open` is the row whose details are shown. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const { organization, permissions } = await locals.viewer();
  if (!permissions.includes("audit.read"))
    error(403, { message: "Owners and admins see what was done. Ask one of them." });
  const params = url.searchParams;
  const range = await rangeHere(locals.api, params, todayIn(organization.timezone));
  const asked = auditAsked(params);
  const [list, state] = await Promise.all([
    settle(
      locals.api.audit.list.query({
        ...asked,
        start_date: range.start,
        end_date: range.end,
        before: rowOf(params, "before"),
        after: rowOf(params, "after"),
      }),
    ),
    settle(locals.api.audit.state.query({})),
  ]);
  const actions = actionsKnown
    .map((id) => ({ id, name: actionName(id) }))
    .toSorted((a, b) => a.name.localeCompare(b.name, "en"));
  return { range, list, state, actions, asked: { ...asked, action: asked.action?.[0] }, open: rowOf(params, "open") };
};

export const actions: Actions = {
  verify: async ({ locals, url }) => {
    try {
      await locals.api.audit.verify.mutate({});
    } catch (cause) {
      const { message, known } = answerOf(cause);
      return fail(known ? 400 : 503, { message });
    }
    redirect(303, auditLink(url.searchParams, { verifying: "1" }));
  },
};
