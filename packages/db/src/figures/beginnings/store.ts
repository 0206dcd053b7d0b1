import { activitiesOf } from "../../people/activities-of.ts";
import type { Tx } from "../../tenancy/actor.ts";
import type { Pairs } from "../facts/store.ts";

// People and installations that were sent without the time of their beginning: it follows from what they did.

const pair = "pair as materialized (select n, day from unnest($2::int[], $3::date[]) p (n, day))";

/**
 * The first session of a person `p` (it starts at its first moment), and the first activity of their twins; from the
 * instant `lo` on.
 */
export const firstOfPerson = (p: string, lo: string): string => `least(
  (select uuid_time(s.id) from sessions s where s.org_id = $1 and s.user_id = ${p}.id and s.id >= uuid_floor(${lo}) order by s.id limit 1),
  (select min(x.at) from twins t cross join lateral (
    select uuid_time(a.id) as at from activities a where a.org_id = $1 and a.twin_id = t.id and a.id >= uuid_floor(${lo}) order by a.id limit 1
  ) x where t.org_id = $1 and t.user_id = ${p}.id)
)`;

/**
 * The first activity of the twin of an installation `i` on its platform, from the instant `lo` on and before the
 * installation ended.
 */
export const firstOfSpell = (i: string, lo: string): string => `(
  select uuid_time(a.id) from activities a
  where a.org_id = $1 and a.twin_id = ${i}.twin_id and a.platform = ${i}.platform and a.id >= uuid_floor(${lo})
    and (${i}.uninstalled_at is null or a.id < uuid_floor(${i}.uninstalled_at + interval '1 millisecond'))
  order by a.id limit 1)`;

const epoch = "timestamptz 'epoch'";

/**
 * Moves the beginnings of those rows of `due` (id, lo) for which something earlier is found, from `lo` on; returns the open
 * days that change.
 */
const moveDue = (dayRule: string): string => `
  found as materialized (select d.id, ${firstOfPerson("d", "d.lo")} as at from due d),
  held as materialized (
    select u.id, u.created_at, u.created_at_source, f.at from found f join users u on u.org_id = $1 and u.id = f.id
    where u.created_at_source = 'arrival' or u.created_at_source = 'derived' and f.at < u.created_at
    order by u.id for no key update of u
  ),
  moved as (
    update users u set created_at = h.at, created_at_source = 'derived' from held h
    where u.org_id = $1 and u.id = h.id and h.at is not null
    returning case h.created_at_source when 'derived' then h.created_at end as was, h.at
  )
  select distinct d.day from moved m cross join lateral (values (day_of(m.was, ${dayRule})), (day_of(m.at, ${dayRule}))) d (day)
  join organizations o on o.id = $1 where d.day is not null and not is_sealed(d.day, o)`;

/**
 * The days `$3` of the people `$2`: their beginning, or that of the owner of a twin that they used, may lie on them. What
 * was found before can only become earlier on these days.
 */
const movePeople = `
  with ${pair},
  due as materialized (
    select u.id, case u.created_at_source when 'derived' then start_of(min(c.day), $4) else ${epoch} end as lo
    from (
      select n, day from pair
      union all
      select o.n, p.day from pair p
      join user_days d on d.org_id = $1 and d.day = p.day and d.n = p.n
      join twins t on t.org_id = $1 and t.id = d.twin_id join users o on o.org_id = $1 and o.id = t.user_id
    ) c join users u on u.org_id = $1 and u.n = c.n
    where u.created_at_source = 'arrival' or u.created_at_source = 'derived' and start_of(c.day, $4) < u.created_at
    group by u.id, u.created_at_source
  ),
  ${moveDue("$4")}`;

/** The same for the person `$2` alone, in all that is stored. */
const movePerson = `
  with due as materialized (select id, ${epoch} as lo from users where org_id = $1 and id = $2 and created_at_source <> 'sent'),
  ${moveDue("$3")}`;

/**
 * The same for installations of twins, on the platforms on which the twins did something; with `$5` also those without any
 * beginning yet. Days whose raw rows were purged are known by their facts. Only days that have a row are returned: on
 * others installations are counted when they are read.
 */
const moveSpells = `
  with ${pair},
  due as materialized (
    select i.id, i.twin_id, i.platform, i.uninstalled_at, i.installed_at, case when i.installed_at is null then ${epoch} else start_of(min(d.day), $4) end as lo
    from pair p join user_days d on d.org_id = $1 and d.day = p.day and d.n = p.n
    join twin_installations i on i.org_id = $1 and i.twin_id = d.twin_id and i.platform = d.platform and not i.installed_at_known
    where i.installed_at is null or start_of(d.day, $4) < i.installed_at
    group by i.org_id, i.id
    union
    select i.id, i.twin_id, i.platform, i.uninstalled_at, null, ${epoch} from twin_installations i
    where $5::boolean and i.org_id = $1 and not i.installed_at_known and i.installed_at is null
  ),
  found as materialized (
    select d.id, least(${firstOfSpell("d", "d.lo")}, case when d.installed_at is null then (
      select start_of(min(f.day), $4) from user_days f join organizations o on o.id = $1
      where f.org_id = $1 and f.twin_id = d.twin_id and f.platform = d.platform and is_sealed(f.day, o)
        and ${activitiesOf("f")} > 0
    ) end) as at from due d
  ),
  held as materialized (
    select i.id, i.installed_at, i.uninstalled_at, f.at from found f join twin_installations i on i.org_id = $1 and i.id = f.id
    where not i.installed_at_known and f.at <= coalesce(i.uninstalled_at, f.at) and (i.installed_at is null or f.at < i.installed_at)
    order by i.id for no key update of i
  ),
  moved as (
    update twin_installations i set installed_at = h.at from held h where i.org_id = $1 and i.id = h.id
    returning h.at, coalesce(h.installed_at, h.uninstalled_at, 'infinity') as until
  )
  select distinct m.metric_date as day from moved v
  join daily_metrics m on m.org_id = $1 and m.metric_date >= day_of(v.at, $4) and (v.until = 'infinity' or m.metric_date <= day_of(v.until, $4))
  join organizations o on o.id = $1 where not is_sealed(m.metric_date, o)`;

/**
 * Locks, in the order of ids, everyone whose row a chunk may write, before it writes anything: whose beginning or first day
 * may move, also by what others did with their twins, and whose last activity does by sessions that are derived (`touched`).
 * Ingest locks people in that order, too; in another one, or in two goes, both would wait for each other.
 */
export async function lockPeople(
  tx: Tx,
  pairs: Pairs,
  touched: readonly { user_id: string; at: string }[],
  dayRule: string,
): Promise<void> {
  if (pairs.ns.length === 0) return;
  await tx.query({
    name: "lock_written_people",
    text: `select from users u where u.org_id = $1 and u.id = any (array(
        select u.id from unnest($2::int[], $3::date[]) p (n, day) join users u on u.org_id = $1 and u.n = p.n
        where u.created_at_source <> 'sent' or u.first_day is null or p.day <= u.first_day
        union
        select u.id from unnest($4::uuid[], $5::timestamptz[]) t (id, at) join users u on u.org_id = $1 and u.id = t.id
        where u.last_active_at is null or t.at >= u.last_active_at
        union
        select o.id from (
          select a.twin_id from unnest($2::int[], $3::date[]) p (n, day) join users u on u.org_id = $1 and u.n = p.n
          cross join lateral (
            select distinct a.twin_id from activities a where a.org_id = $1 and a.user_id = u.id
              and a.id >= uuid_floor(start_of(p.day, $6)) and a.id < uuid_floor(start_of(p.day + 1, $6)) offset 0
          ) a where (select exists (select from users where org_id = $1 and created_at_source <> 'sent'))
          union
          select d.twin_id from unnest($2::int[], $3::date[]) p (n, day)
          join user_days d on d.org_id = $1 and d.day = p.day and d.n = p.n
          where (select exists (select from users where org_id = $1 and created_at_source <> 'sent'))
        ) k join twins t on t.org_id = $1 and t.id = k.twin_id
        join users o on o.org_id = $1 and o.id = t.user_id and o.created_at_source <> 'sent'
      ))
      order by u.id for no key update of u`,
    values: [
      tx.org_id,
      pairs.ns,
      pairs.days,
      touched.map(({ user_id }) => user_id),
      touched.map(({ at }) => at),
      dayRule,
    ],
  });
}

/**
 * Moves a person's beginning to the first thing that they or their twins did, if that is earlier, also in sealed days. The
 * caller holds the organisation's rollup lock.
 * @returns the open days whose number of new users changed
 */
export async function moveBeginningOf(tx: Tx, user_id: string, dayRule: string): Promise<string[]> {
  const rows = await tx.query<{ day: string }>({
    name: "move_person",
    text: movePerson,
    values: [tx.org_id, user_id, dayRule],
  });
  return rows.map(({ day }) => day);
}

/**
 * Moves the beginnings of people and installations that were sent without one to the earliest that their days show; the
 * facts must be up to date. The caller holds the organisation's rollup lock.
 * @param hasNews whether installations may have come since: then all without a beginning are looked at
 * @returns the open days whose number of new users or installations changed
 */
export async function moveBeginnings(
  tx: Tx,
  { ns, days }: Pairs,
  dayRule: string,
  hasNews: boolean,
): Promise<string[]> {
  const [undated] = await tx.query<{ people: boolean; spells: boolean }>({
    name: "any_undated",
    text: `select exists (select from users where org_id = $1 and created_at_source <> 'sent') as people,
      exists (select from twin_installations where org_id = $1 and not installed_at_known) as spells`,
    values: [tx.org_id],
  });
  const moved: { day: string }[] = [];
  const values = [tx.org_id, ns, days, dayRule];
  if (undated!.people && ns.length > 0)
    moved.push(...(await tx.query<{ day: string }>({ name: "move_people", text: movePeople, values })));
  if (undated!.spells)
    moved.push(
      ...(await tx.query<{ day: string }>({ name: "move_spells", text: moveSpells, values: [...values, hasNews] })),
    );
  return [...new Set(moved.map(({ day }) => day))];
}
