import { isSealedSql } from "./sight.ts";
import { activitiesOfWindows, bounded, gapMinutes, longestHours } from "./windows.ts";

/**
 * What sessions the moments of some windows make: common table expressions, read by the derivation, which stores the
 * outcome, and by the check, which compares it with what is stored. Windows must be complete (`widenWindows`).
 *
 * Parameters: `$1` organisation, `$2`–`$8` windows, their bounds and the seal (`columnsOf`), `$9` `Sight.back`.
 * - `derived`: id, user_id, twin_id, platform, started_at, ended_at, row_began_at (null: with it), interaction_count,
 *   is_final (begun before the seal)
 * - `assigned`: activity_id, user_id, started_at, stored_id, session_id (null: no moment yet) of each activity without a named session
 *
 * Of sessions begun before the seal (`settled`) the one that reaches nearest to it stands for all moments that it holds:
 * these may be purged, and it stays as it is. A row that goes on from it is cut as it was before, from the row's first moment.
 * An activity that began in the seal counts in the session that it was given before, and in no other.
 * Moments in a sealed interval never join those before it: what lies before `sealed_from` is imported history.
 */
export const derivedSessions = `
  ${activitiesOfWindows},
  anchored as materialized (select * from act where not session_named),
  settled as materialized (
    select distinct on (s.user_id, s.twin_id, s.platform) s.id, s.user_id, s.twin_id, s.platform, s.ended_at,
      coalesce(s.row_began_at, s.started_at) as row_began_at
    from (select distinct user_id from w where lo < $8::timestamptz) p cross join lateral (
      select * from sessions s where s.org_id = $1 and s.user_id = p.user_id and s.is_derived
        and s.id >= uuid_floor($9::timestamptz) and s.id < uuid_floor($8::timestamptz) and ${bounded("s.id")} offset 0
    ) s
    order by s.user_id, s.twin_id, s.platform, s.ended_at desc, s.id desc
  ),
  moment as materialized (
    select row_number() over () as no, m.*, coalesce(m.at < $7::timestamptz, false) as early from (
      select a.user_id, a.twin_id, a.platform, a.moment_at as at, case when not ${isSealedSql("a.started_at")} then a.id end as activity_id
      from anchored a join w on w.user_id = a.user_id and a.moment_at >= w.lo and a.moment_at <= w.hi
      union all
      select m.user_id, a.twin_id, a.platform, m.created_at, null
      from wrote m cross join lateral (
        select * from activities a where a.org_id = $1 and a.id = m.conversation_id and ${bounded("a.id")} offset 0
      ) a
      where m.sender_type = 'user' and (a.user_id <> m.user_id or not a.session_named)
    ) m
    where not ${isSealedSql("m.at")}
      or exists (select from settled s where s.user_id = m.user_id and s.twin_id = m.twin_id and s.platform = m.platform)
  ),
  named as materialized (
    select distinct s.id, s.user_id, s.twin_id, s.platform, s.started_at, coalesce(s.ended_at, greatest(s.started_at, open.reach)) as ended_at
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
    select no, (array_agg(session_id order by is_named desc, session_id desc))[1] as session_id
    from (
      select m.no, s.id as session_id, true as is_named
      from moment m join named s on s.user_id = m.user_id and s.platform = m.platform
      where (s.twin_id = m.twin_id or s.twin_id is null) and s.started_at <= m.at and m.at <= s.ended_at
      union all
      select m.no, s.id, false
      from moment m join settled s on s.user_id = m.user_id and s.twin_id = m.twin_id and s.platform = m.platform
      where not m.early and m.at <= s.ended_at
    ) h group by no
  ),
  linked as (
    select m.no, m.user_id, m.twin_id, m.platform, m.at, m.activity_id, m.early, null::uuid as settled_id, null::timestamptz as row_began_at
    from moment m where not exists (select from held h where h.no = m.no)
    union all
    select null, user_id, twin_id, platform, ended_at, null, false, id, row_began_at from settled
  ),
  piece as materialized (
    select r.*, floor(extract(epoch from r.at - r.began_at) / ${longestHours * 3_600})::int as piece
    from (
      select r.*, coalesce(max(r.row_began_at) over line, min(r.at) over line) as began_at
      from (
        select l.*, sum(l.begins) over (partition by l.user_id, l.twin_id, l.platform, l.early order by l.at, l.no nulls first) as line
        from (
          select l.*, case when l.at - lag(l.at) over (partition by l.user_id, l.twin_id, l.platform, l.early order by l.at, l.no nulls first)
            <= interval '${gapMinutes} minutes' then 0 else 1 end as begins
          from linked l
        ) l
      ) r
      window line as (partition by r.user_id, r.twin_id, r.platform, r.early, r.line)
    ) r
  ),
  counted as materialized (
    select session_id, count(*)::int as activities from anchored
    where session_id is not null and ${isSealedSql("started_at")} group by session_id
  ),
  derived as materialized (
    select coalesce(d.settled_id, s.id) as id, d.nos, d.user_id, d.twin_id, d.platform, d.started_at, d.ended_at,
      nullif(d.began_at, d.started_at) as row_began_at, d.settled_id is not null or ${isSealedSql("d.started_at")} as is_final,
      d.activities + coalesce(c.activities, 0) as interaction_count
    from (
      select user_id, twin_id, platform, began_at, min(at) as started_at, max(at) as ended_at, count(activity_id)::int as activities,
        (array_agg(settled_id) filter (where settled_id is not null))[1] as settled_id, array_agg(no) filter (where activity_id is not null) as nos
      from piece group by user_id, twin_id, platform, early, line, began_at, piece offset 0
    ) d
    cross join lateral (select derived_session_id($1, d.user_id, d.twin_id, d.platform, d.started_at) as id offset 0) s
    left join counted c on c.session_id = s.id
  ),
  assigned as materialized (
    select a.id as activity_id, a.user_id, a.started_at, a.session_id as stored_id, coalesce(h.session_id, d.id) as session_id
    from anchored a
    left join moment m on m.activity_id = a.id
    left join held h on h.no = m.no
    left join (select d.id, no from derived d cross join unnest(d.nos) n (no)) d on d.no = m.no
    where not ${isSealedSql("a.started_at")} and not ${isSealedSql("a.moment_at")} and (m.no is not null or a.moment_at is null)
  ),
  stored as materialized (
    select s.id, s.user_id, s.twin_id, s.platform, s.started_at, s.ended_at, s.row_began_at, s.interaction_count
    from w cross join lateral (
      select * from sessions s where s.org_id = $1 and s.user_id = w.user_id and s.is_derived
        and s.id >= w.lo_id and s.id < w.hi_id and ${bounded("s.id")} offset 0
    ) s
    where not ${isSealedSql("s.started_at")}
  )`;
