import { activitiesOfWindows, bounded, gapMinutes } from "./windows.ts";

const isSealed = (instant: string) => `coalesce(${instant} >= $7::timestamptz and ${instant} < $8::timestamptz, false)`;

/**
 * What sessions the moments of some windows make: common table expressions, read by the derivation, which stores the
 * outcome, and by the check, which compares it with what is stored. Windows must be complete (`widenWindows`).
 *
 * Parameters: `$1` organisation, `$2`–`$6` windows and their bounds (`columnsOf`), `$7`, `$8` the sealed interval or null.
 * - `derived`: id, user_id, twin_id, platform, started_at, ended_at, interaction_count, is_final (begun before the seal)
 * - `assigned`: activity_id, user_id, started_at, stored_id, session_id (null: no moment yet) of each activity without a named session
 *
 * An activity that began in the seal counts in the session that it was given before, and in no other.
 * Moments in a sealed interval never join those before it: what lies before `sealed_from` is imported history.
 */
export const derivedSessions = `
  ${activitiesOfWindows},
  anchored as materialized (select * from act where not session_named),
  moment as materialized (
    select row_number() over () as no, m.* from (
      select a.user_id, a.twin_id, a.platform, a.moment_at as at, a.id as activity_id,
        case when ${isSealed("a.started_at")} then coalesce(a.session_id, a.id) end as settled_in
      from anchored a join w on w.user_id = a.user_id and a.moment_at >= w.lo and a.moment_at <= w.hi
      union all
      select m.user_id, a.twin_id, a.platform, m.created_at, null, null
      from wrote m cross join lateral (
        select * from activities a where a.org_id = $1 and a.id = m.conversation_id and ${bounded("a.id")} offset 0
      ) a
      where m.sender_type = 'user' and (a.user_id <> m.user_id or not a.session_named)
    ) m
  ),
  named as materialized (
    select distinct s.id, s.user_id, s.twin_id, s.platform, s.started_at, coalesce(s.ended_at, open.reach, s.started_at) as ended_at
    from (
      select s.*, uuid_floor(s.started_at - w.reach) as reach_lo_id, uuid_floor(s.started_at + w.reach + interval '1 millisecond') as reach_hi_id
      from w cross join lateral (
        select * from sessions s where s.org_id = $1 and s.user_id = w.user_id and not s.is_derived
          and s.id >= w.reach_lo_id and s.id < w.hi_id and ${bounded("s.id")} offset 0
      ) s
    ) s left join lateral (
      select max(a.started_at) as reach from activities a
      where s.ended_at is null and a.org_id = $1 and a.session_id = s.id and a.session_named
        and a.id >= s.reach_lo_id and a.id < s.reach_hi_id and ${bounded("a.id")}
    ) open on true
  ),
  held as materialized (
    select m.no, (array_agg(s.id order by s.id desc))[1] as session_id
    from moment m join named s on s.user_id = m.user_id and s.platform = m.platform
    where (s.twin_id = m.twin_id or s.twin_id is null) and s.started_at <= m.at and m.at <= s.ended_at
    group by m.no
  ),
  island as materialized (
    select i.no, i.user_id, i.twin_id, i.platform, i.at, i.activity_id, i.settled_in,
      min(i.no) over (partition by i.user_id, i.twin_id, i.platform, i.early, i.island) as island
    from (
      select i.*, sum(i.begins) over (partition by i.user_id, i.twin_id, i.platform, i.early order by i.at, i.no) as island
      from (
        select m.*, coalesce(m.at < $7::timestamptz, false) as early,
          case when m.at - lag(m.at) over (partition by m.user_id, m.twin_id, m.platform, coalesce(m.at < $7::timestamptz, false)
            order by m.at, m.no) <= interval '${gapMinutes} minutes' then 0 else 1 end as begins
        from moment m where not exists (select from held h where h.no = m.no)
      ) i
    ) i
  ),
  derived as materialized (
    select s.id, d.island, d.user_id, d.twin_id, d.platform, d.started_at, d.ended_at, ${isSealed("d.started_at")} as is_final,
      (d.unsettled + (select count(*) from unnest(d.settled) t (session_id) where t.session_id = s.id))::int as interaction_count
    from (
      select island, user_id, twin_id, platform, min(at) as started_at, max(at) as ended_at,
        count(activity_id) filter (where settled_in is null) as unsettled, array_agg(settled_in) filter (where settled_in is not null) as settled
      from island group by island, user_id, twin_id, platform offset 0
    ) d cross join lateral (select derived_session_id($1, d.user_id, d.twin_id, d.platform, d.started_at) as id offset 0) s
  ),
  assigned as materialized (
    select a.id as activity_id, a.user_id, a.started_at, a.session_id as stored_id, coalesce(h.session_id, d.id) as session_id
    from anchored a
    left join moment m on m.activity_id = a.id
    left join held h on h.no = m.no
    left join island i on i.no = m.no
    left join derived d on d.island = i.island
    where not ${isSealed("a.started_at")} and (m.no is not null or a.moment_at is null)
  ),
  stored as materialized (
    select s.id, s.user_id, s.twin_id, s.platform, s.started_at, s.ended_at, s.interaction_count
    from w cross join lateral (
      select * from sessions s where s.org_id = $1 and s.user_id = w.user_id and s.is_derived
        and s.id >= w.lo_id and s.id < w.hi_id and ${bounded("s.id")} offset 0
    ) s
    where not ${isSealed("s.started_at")}
  )`;
