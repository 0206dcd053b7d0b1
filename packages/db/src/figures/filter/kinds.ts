import { type SQL, sql } from "drizzle-orm";

/** The kinds of sets that an organisation has, as `recursive kinds`: found by skipping along the key, from `first` on. */
export const kindsOf = (org_id: SQL, first = sql``): SQL => sql`
  recursive kinds as (
    (select kind from public.day_users where org_id = ${org_id}${first} order by kind limit 1)
    union all
    select (select d.kind from public.day_users d where d.org_id = ${org_id} and d.kind > k.kind order by d.kind limit 1)
    from kinds k where k.kind is not null
  )`;
