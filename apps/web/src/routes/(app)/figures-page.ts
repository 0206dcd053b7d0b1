import { isId } from "@twin/contracts/wire";
import type { Client } from "#lib/api.ts";
import type { Note } from "#lib/charts/notes.ts";
import type { Filters } from "#lib/filters.ts";
import type { Query } from "#lib/links.ts";
import { type Range } from "#lib/range.ts";
import { rangeOf, startingAt } from "#lib/range-of.ts";
import { addDays, daysBetween, monthOf } from "@twin/contracts/calendar";
import { limits, type Permission } from "@twin/contracts/vocabulary";
import { error } from "@sveltejs/kit";

// What the pages of figures have in common: who may look, over which days, and why there is nothing to see.

/** @throws 403 with a sentence, for a role that sees jobs and policies only */
export function mustRead(held: readonly Permission[], wanted: Permission): void {
  if (!held.includes(wanted))
    error(403, { message: "Your role shows jobs and policies, not people or figures. Ask an owner if you need them." });
}

/** The first month that holds anything, whatever the range; null where nothing has come yet. */
export async function firstMonth(api: Client, today: string): Promise<string | null> {
  const all = rangeOf(new URLSearchParams("range=all"), today);
  const months = await api.metrics.daily.query({ start_date: all.start, end_date: all.end, interval: "month" });
  return (
    months.days.find((row) => row.total_active_users + row.total_messages + row.total_sessions > 0)?.metric_date ?? null
  );
}

/** The range of the address; "All" begins with the first month that holds anything. */
export async function rangeHere(api: Client, params: Query, today: string): Promise<Range> {
  const range = rangeOf(params, today);
  if (range.token !== "all") return range;
  return startingAt(range, (await firstMonth(api, today).catch(() => null)) ?? monthOf(today));
}

/** The same for pages that have a value per day: the newest of them, as many as one answer holds. */
export async function rangeOfDays(api: Client, params: Query, today: string): Promise<Range> {
  const range = await rangeHere(api, params, today);
  if (daysBetween(range.start, range.end) <= limits.buckets) return range;
  return {
    ...range,
    start: addDays(range.end, 1 - limits.buckets),
    isCut: true,
    label: `Newest ${limits.buckets} days of: ${range.label}`,
  };
}

export type Nothing = { kind: "no-match" } | { kind: "counting"; days: number };

/** Records that have come but aren't counted yet, or nothing in these days. */
export async function whyEmpty(api: Client): Promise<Nothing> {
  const waiting = await api.jobs.status.query({}).then(
    (status) => status.days_waiting,
    () => 0,
  );
  return waiting > 0 ? { kind: "counting", days: waiting } : { kind: "no-match" };
}

/** Most values of a filter that one question takes. */
const most = 100;

/** Names of ids: all at once, or one by one where somebody among them isn't known (any more). */
async function namesBy(ids: string[], read: (ids: string[]) => Promise<{ id: string; name: string }[]>) {
  const pieces = Array.from({ length: Math.ceil(ids.length / most) }, (_, at) => ids.slice(at * most, (at + 1) * most));
  const found = await Promise.all(
    pieces.map((piece) =>
      read(piece).catch(async () =>
        piece.length === 1 ? [] : (await Promise.all(piece.map((id) => read([id]).catch(() => [])))).flat(),
      ),
    ),
  );
  return found.flat().map(({ id, name }) => [id, name] as const);
}

/** What the ids among a page's filters stand for; one that nobody knows keeps standing for itself. */
export async function namesOf(api: Client, filters: Filters): Promise<Record<string, string>> {
  const ids = (...fields: string[][]) => [...new Set(fields.flat().filter(isId))];
  const found = await Promise.all([
    namesBy(
      ids(filters.user, filters.user_not),
      async (user) => (await api.users.list.query({ user, limit: most })).users,
    ),
    namesBy(
      ids(filters.twin, filters.twin_not),
      async (twin) => (await api.twins.list.query({ twin, limit: most })).twins,
    ),
  ]);
  return Object.fromEntries(found.flat());
}

/** What people wrote of these days; nothing where that can't be read, because the figures can. */
export const notesOf = (api: Client, days: { start_date: string; end_date: string }): Promise<Note[]> =>
  api.annotations.list.query(days).then(
    ({ annotations }) => annotations,
    () => [],
  );
