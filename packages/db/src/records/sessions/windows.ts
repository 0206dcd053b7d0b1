import type { Tx } from "../../tenancy/actor.ts";
import { boundIds, reachedIds, reachOfOrganization } from "../../tenancy/calendar/reach.ts";
import { isSealedSql, type Sight } from "./sight.ts";

/** A time range of one person, both ends included. Instants are ISO 8601 in UTC with milliseconds. */
export type Window = { user_id: string; lo: string; hi: string };

/** A pause longer than this begins a new row of moments, and so a new session. */
export const gapMinutes = 30;
/** A row of moments without such a pause is cut after every 24 hours from its first moment. */
export const longestHours = 24;
/** Windows of one person that lie this near are joined: a lookup in every month costs more than a few quiet days. */
const nearMs = 31 * 86_400_000;

/** Bounds of the ids of the windows' rows (`boundIds`): only these months are read. */
export const bounded = (id: string): string => `${id} >= $5::uuid and ${id} < $6::uuid`;

/** The first message of a conversation in the order (created_at, seq, id); needs `a` with the activity's id. */
const firstMessage = `
  select m.sender_type, m.user_id, m.created_at from messages m
  where m.org_id = $1 and m.conversation_id = a.id and ${bounded("m.conversation_id")}
    and m.id < uuid_floor(uuid_time((
      select f.id from messages f
      where f.org_id = $1 and f.conversation_id = a.id and ${bounded("f.conversation_id")} order by f.id limit 1
    )) + interval '1 millisecond')
  order by m.seq, m.id limit 1`;

/** Whether the first message `f` of the conversation `a` is its user's, and comes with its start. */
const isBegun = `f.sender_type = 'user' and f.user_id is not distinct from a.user_id
  and f.created_at <= a.started_at + interval '${longestHours} hours'`;

/**
 * The moment that an activity's session is found by is its start; that of a conversation whose first message isn't its user's,
 * or comes long after its start, that user's first message, or null. As lateral joins after a conversation `a`; the value is
 * `moment_at`.
 */
const momentOfActivity = `
  left join lateral (${firstMessage}) f on true
  left join lateral (
    select m.created_at from messages m
    where m.org_id = $1 and m.conversation_id = a.id and m.sender_type = 'user' and m.user_id = a.user_id
      and ${bounded("m.conversation_id")}
    order by m.id limit 1
  ) own on f.sender_type is not null and not (${isBegun})
  cross join lateral (select case when f.sender_type is null or (${isBegun}) then a.started_at else own.created_at end as moment_at) at`;

/** Activities of a window's person that start in it or in which they or their twin wrote in it, as `act` with `moment_at`. */
export const activitiesOfWindows = `
  w as materialized (
    select user_id, lo, hi, uuid_floor(lo) as lo_id, uuid_floor(hi + interval '1 millisecond') as hi_id,
      o.reach, ${reachedIds("lo", "hi")}
    from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) w (user_id, lo, hi) cross join ${reachOfOrganization}
  ),
  wrote as materialized (
    select w.user_id, m.conversation_id, m.sender_type, m.created_at
    from w cross join lateral (
      select m.conversation_id, m.sender_type, m.created_at from messages m
      where m.org_id = $1 and m.user_id = w.user_id and m.id >= w.lo_id and m.id < w.hi_id
        and m.conversation_id >= w.reach_lo_id and m.conversation_id < w.reach_hi_id and ${bounded("m.conversation_id")} offset 0
    ) m
  ),
  found as materialized (
    select a.id, a.user_id, a.twin_id, a.platform, a.activity_type, a.started_at, a.session_id, a.session_named
    from w cross join lateral (
      select * from activities a where a.org_id = $1 and a.user_id = w.user_id
        and a.id >= w.lo_id and a.id < w.hi_id and ${bounded("a.id")} offset 0
    ) a
    union
    select a.id, a.user_id, a.twin_id, a.platform, a.activity_type, a.started_at, a.session_id, a.session_named
    from (select distinct conversation_id, user_id from wrote) c cross join lateral (
      select * from activities a where a.org_id = $1 and a.id = c.conversation_id and a.user_id = c.user_id
        and ${bounded("a.id")} offset 0
    ) a
  ),
  act as materialized (
    select a.*, a.started_at as moment_at from found a where a.activity_type <> 'conversation'
    union all
    select a.*, at.moment_at from (select * from found where activity_type = 'conversation') a ${momentOfActivity}
  )`;

const derivedWithin = (of: string) => `
  select * from sessions s where s.org_id = $1 and s.user_id = ${of}.user_id and s.is_derived
    and s.id >= uuid_floor(${of}.lo - interval '${longestHours + 1} hours')
    and s.id < uuid_floor(${of}.hi + interval '${gapMinutes} minutes 1 millisecond') and ${bounded("s.id")} offset 0`;
const reaches = (of: string) =>
  `s.ended_at >= ${of}.lo - interval '${gapMinutes} minutes' and not ${isSealedSql("s.started_at")}`;

/**
 * Over `activitiesOfWindows`, in a `with recursive`: stored sessions within a gap of a window, and for each row of moments
 * that was cut, the pieces before and after; all but the last are about as long as a piece can be.
 */
export const chainsOfWindows = `
  chain as (
    select s.id, s.user_id, s.twin_id, s.platform, s.started_at as lo, s.ended_at as hi
    from w cross join lateral (${derivedWithin("w")}) s where ${reaches("w")}
    union
    select s.id, s.user_id, s.twin_id, s.platform, s.started_at, s.ended_at
    from chain c cross join lateral (${derivedWithin("c")}) s
    where c.hi - c.lo > interval '${longestHours} hours' - interval '${2 * gapMinutes} minutes'
      and s.twin_id = c.twin_id and s.platform = c.platform and ${reaches("c")}
  )`;

// What is no conversation was found by its start, which is its moment, so no window lacks it.
const touched = `
  select user_id, moment_at as lo, moment_at as hi from act
  where activity_type = 'conversation' and not ${isSealedSql("moment_at")} and moment_at is not null
  union
  select s.user_id, s.started_at, s.ended_at
  from (select session_id from act where session_id is not null and not session_named except select id from chain) a
  cross join lateral (select * from sessions s where s.org_id = $1 and s.id = a.session_id and s.is_derived offset 0) s
  where not ${isSealedSql("s.started_at")}
  union
  select user_id, lo, hi from chain`;

/**
 * Time ranges that no window holds wholly: user_id, lo, hi; over `activitiesOfWindows` and `chainsOfWindows`. A person's
 * windows don't overlap, so only the last one that begins before could hold it. It is found by order: as a join, the
 * planner, which expects few rows, would loop over both.
 */
export const beyondWindows = `
  select user_id, lo, hi from (
    select *, max(hi) filter (where is_window) over (partition by user_id order by lo, is_window desc rows unbounded preceding) as held_until
    from (select user_id, lo, hi, true as is_window from w union all select user_id, lo, hi, false from (${touched}) t) b
  ) b where not is_window and (held_until < hi) is not false`;

/**
 * Reads time ranges after widening them until no derived session, stored or new, crosses one of their ends: by the stored
 * sessions within a gap of them, and by the moments and stored sessions of the activities that they touch.
 * @param read reads some windows, which don't overlap and are more than a gap apart; where something lay beyond a window it
 *   is read again, wider, together with all windows of the same people, and the earlier result is dropped
 * @returns the complete windows, with what was read
 */
export async function readWidened<R extends { user_id: string }>(
  windows: readonly Window[],
  sight: Sight,
  read: (windows: readonly Window[]) => Promise<{ rows: R[]; beyond: Window[] }>,
): Promise<{ windows: Window[]; rows: R[] }> {
  const complete: { windows: Window[]; rows: R[] } = { windows: [], rows: [] };
  for (let open = mergeWindows(windows, sight); open.length > 0;) {
    const { rows, beyond: more } = await read(open);
    const grown = new Set(more.map(({ user_id }) => user_id));
    const isDone = ({ user_id }: { user_id: string }) => !grown.has(user_id);
    complete.windows.push(...open.filter(isDone));
    complete.rows.push(...rows.filter(isDone));
    open = mergeWindows([...open.filter((one) => !isDone(one)), ...more], sight);
  }
  return complete;
}

/** Windows, widened in that way (`readWidened`). */
export async function widenWindows(tx: Tx, windows: readonly Window[], sight: Sight): Promise<Window[]> {
  const widened = await readWidened(windows, sight, async (open) => ({
    rows: [],
    beyond: await tx.query<Window>({
      name: "widen_windows",
      text: `with recursive ${activitiesOfWindows}, ${chainsOfWindows} ${beyondWindows}`,
      values: [tx.org_id, ...(await windowParameters(tx, open, sight))],
    }),
  }));
  return widened.windows;
}

/**
 * The columns of windows, the bounds of ids that can belong to them, and the seal: the parameters `$2` to `$8` of the
 * statements above.
 */
export async function windowParameters(tx: Tx, windows: readonly Window[], sight: Sight): Promise<unknown[]> {
  const lows = windows.map((window) => window.lo);
  const highs = windows.map((window) => window.hi);
  const bounds = await boundIds(tx, [...lows, ...highs]);
  return [windows.map((window) => window.user_id), lows, highs, ...bounds, sight.from, sight.before];
}

/**
 * Joins windows of one person that lie near each other; the results are more than a gap apart. Windows after the seal, into
 * which a session from before it may reach, begin where the derivation reads back to.
 */
export function mergeWindows(windows: readonly Window[], { before, back, ahead }: Sight): Window[] {
  const looking = windows.map((window) =>
    before !== null && window.hi >= before && window.lo <= ahead! && window.lo > back!
      ? { ...window, lo: back! }
      : window,
  );
  const sorted = looking.sort((a, b) => compare(a.user_id, b.user_id) || compare(a.lo, b.lo));
  const merged: Window[] = [];
  for (const window of sorted) {
    const last = merged.at(-1);
    if (last?.user_id === window.user_id && Date.parse(window.lo) - Date.parse(last.hi) <= nearMs) {
      if (window.hi > last.hi) last.hi = window.hi;
    } else merged.push({ ...window });
  }
  return merged;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
