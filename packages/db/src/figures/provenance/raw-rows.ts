import { type SQL, sql } from "drizzle-orm";
import { asksForPeople, asksForUse, type FigureFilter, useOf } from "../filter/filter.ts";
import { recordKinds } from "../../records/kinds.ts";
import type { Definition } from "./definitions.ts";
import { passes, rowsOf } from "../../people/attributes.ts";

/** A twin's message counts for the person whose conversation it is. */
const saidBy = (org_id: SQL): SQL => sql`coalesce(case r.sender_type when 'user' then r.user_id else (
    select a.user_id from activities a where a.org_id = ${org_id} and a.id = r.conversation_id
  ) end, '00000000-0000-0000-0000-000000000000'::uuid)`;

/** The filter as further conditions on the raw rows `r` behind a figure. */
export function onRawRows(table: Definition["table"], filter: FigureFilter, org_id: SQL): SQL {
  if (table === "users") return sql` and ${passes("r", filter)}`;
  if (table === "twin_installations") return useOf("r", filter);
  const { owner, activity } = recordKinds[table];
  const use = !asksForUse(filter)
    ? sql``
    : activity === null
      ? useOf("r", filter)
      : sql` and exists (select from activities a where a.org_id = ${org_id} and a.id = r.${sql.raw(activity)}${useOf("a", filter)})`;
  const person = table === "messages" ? saidBy(org_id) : sql.raw(`r.${owner}`);
  const people = asksForPeople(filter) ? sql` and ${rowsOf(org_id, person, filter)}` : sql``;
  return sql`${use}${people}`;
}

/** The tables that a figure is recomputed from, under a filter: facts `fresh`, people, installations. */
export const recomputedUnder = (filter: FigureFilter, facts: SQL, org_id: SQL): SQL => sql`
  fresh as (select d.* from fresh d where true${facts}),
  users as (select u.* from public.users u where u.org_id = ${org_id} and ${passes("u", filter)}),
  twin_installations as (select i.* from public.twin_installations i where i.org_id = ${org_id}${useOf("i", filter)})`;
