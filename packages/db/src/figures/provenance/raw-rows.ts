import { sql } from "drizzle-orm";
import { asksForPeople, asksForUse, type FigureFilter, useOf } from "../filter/filter.ts";
import { passes, rowsOf } from "../../people/attributes.ts";
import { textOf } from "../../postgres/statement.ts";

const nobody = "'00000000-0000-0000-0000-000000000000'::uuid";
const saidBy = `coalesce(case r.sender_type when 'user' then r.user_id else (
    select a.user_id from activities a where a.org_id = $1 and a.id = r.conversation_id
  ) end, ${nobody})`;

/** Whose a raw row `r` is, and the activity that says on which platform and with which twin; null: the row itself does. */
const rowsOfTables: Record<string, { person: string; activity: string | null }> = {
  sessions: { person: "r.user_id", activity: null },
  activities: { person: "r.user_id", activity: null },
  messages: { person: saidBy, activity: "r.conversation_id" },
  documents: { person: "r.user_id", activity: "r.activity_id" },
  queries: { person: "r.user_id", activity: "r.activity_id" },
  shared_twin_interactions: { person: "r.accessing_user_id", activity: "r.activity_id" },
};

/** What a filter asks of the raw rows `r` behind a figure of the organisation `$1`, as further conditions. */
export function onRawRows(table: string, filter: FigureFilter, values: unknown[]): string {
  if (table === "users") return ` and ${textOf(passes("r", filter), values)}`;
  if (table === "twin_installations") return useOf("r", filter, values);
  const { person, activity } = rowsOfTables[table]!;
  const use = !asksForUse(filter)
    ? ""
    : activity === null
      ? useOf("r", filter, values)
      : ` and exists (select from activities a where a.org_id = $1 and a.id = ${activity}${useOf("a", filter, values)})`;
  const people = asksForPeople(filter)
    ? ` and ${textOf(rowsOf(values[0] as number, sql.raw(person), filter), values)}`
    : "";
  return use + people;
}

/** The tables that a figure is recomputed from, as they are under a filter: facts `fresh`, people, installations. */
export const recomputedUnder = (filter: FigureFilter, facts: string, values: unknown[]): string => `
  fresh as (select d.* from fresh d where true${facts}),
  users as (select u.* from public.users u where u.org_id = $1 and ${textOf(passes("u", filter), values)}),
  twin_installations as (select i.* from public.twin_installations i where i.org_id = $1${useOf("i", filter, values)})`;
