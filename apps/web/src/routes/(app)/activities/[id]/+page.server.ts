import type { Actions, PageServerLoad } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { chipsOf, filtersOf, listFilter } from "#lib/filters.ts";
import { shortMonthYear } from "@twin/wording/format";
import { monthLink, type Query } from "#lib/links.ts";
import { inSentence } from "#lib/range.ts";
import { rangeOf, todayIn } from "#lib/range-of.ts";
import { error, fail } from "@sveltejs/kit";
import { mustRead } from "../../figures-page.ts";

/** The list that the activity was opened from: its neighbours are those of that list. */
const listOf = (params: Query, timezone: string) => {
  const range = rangeOf(params, todayIn(timezone));
  return { range, filter: { start_date: range.start, end_date: range.end, ...listFilter(filtersOf(params)) } };
};

/** One activity, and its neighbours in the list that it was opened from. */
export const load: PageServerLoad = async ({ locals, url, params }) => {
  const { organization, permissions } = await locals.viewer();
  mustRead(permissions, "activities.read");
  const { range, filter } = listOf(url.searchParams, organization.timezone);
  const detail = await locals.api.activities.get.query({ id: params.id, ...filter }).catch((cause: unknown) => {
    const { code, message, request_id, errors } = answerOf(cause);
    // The list that it was opened from asks for somebody who is unknown by now.
    if (errors?.some(({ path }) => path === "user" || path === "twin")) error(400, { message, request_id });
    const [, month] = /(\d{4}-\d\d) is archived/.exec(message) ?? [];
    if (month)
      error(404, {
        message: `${shortMonthYear(`${month}-01`)} is archived. If this activity is of that month, it can be read once the month is restored.`,
        request_id,
        way: { name: "Activities of that month", href: monthLink(month) },
      });
    if (code === "NOT_FOUND" || code === "BAD_REQUEST")
      error(404, {
        message: "No such activity: it may have been deleted, or it belongs to another organisation.",
        request_id,
      });
    error(statusOf(code), { message, request_id });
  });
  const chips = chipsOf(filtersOf(url.searchParams), {
    [detail.twin.id]: detail.twin.name,
    ...(detail.user ? { [detail.user.id]: detail.user.name } : {}),
  });
  return { detail, range, from: [...chips.map((chip) => chip.value), inSentence(range)].join(" · ") };
};

export const actions: Actions = {
  /** Shows the text. The API writes who read it, when and why, in the same transaction that decrypts it. */
  reveal: async ({ request, locals, url, params }) => {
    const { organization } = await locals.viewer();
    const form = await request.formData();
    const note = String(form.get("note") ?? "").trim();
    const kind = String(form.get("kind") ?? "").trim();
    if (note.length < 3)
      return fail(400, { revealed: null, reason: null, note, kind, message: "Say why, in at least three letters." });
    const reason = kind ? `${kind}: ${note}` : note;
    const { filter } = listOf(url.searchParams, organization.timezone);
    try {
      const revealed = await locals.api.activities.reveal.mutate({
        id: params.id,
        reason: reason.slice(0, 500),
        ...filter,
      });
      return { revealed, reason, note: "", kind, message: null, until: new Date(Date.now() + 600_000).toISOString() };
    } catch (cause) {
      const { message, request_id } = answerOf(cause);
      return fail(403, {
        revealed: null,
        reason: null,
        note,
        kind,
        message: request_id ? `${message} (${request_id})` : message,
      });
    }
  },
};
