import { afterAll, type History, instantOf } from "./history.ts";
import { type LocalTime, localTimeOf } from "./local-time.ts";
import { sessionsOf, type Session } from "./sessions.ts";

// What the figures of a history are: plain and slow, written from the definitions alone, sharing nothing with the SQL.

export type Figures = {
  sessions: string[];
  /** Activity -> "user start platform derived?" of its session, or null. */
  sessionOf: Record<string, string | null>;
  userDays: Record<string, Record<string, number>>;
  features: Record<string, { count: number; last: string }>;
  hours: Record<string, number[]>;
  daily: Record<string, Record<string, unknown>>;
  retention: Record<string, unknown[]>;
  monthly: Record<string, number[]>;
  sets: Record<string, number[]>;
  /** Of each person the first day with a session, and when their latest one began. */
  people: Record<string, [firstDay: string | null, lastActive: string | null]>;
};

/**
 * What else decides: by which calendar, as of when, and moments over which no derived session reaches; `days` are counted
 * even if nothing happened on them.
 */
export type Circumstances = { local?: LocalTime; now?: Date; cuts?: readonly number[]; days?: readonly string[] };

/** Everything that is stored about a history once all of it is known. */
export function figuresOf(h: History, circumstances: Circumstances = {}): Figures {
  const { local = localTimeOf(h.zone), now = afterAll(h), cuts = [], days = [] } = circumstances;
  const parts = (minute: number) => local(Date.parse(instantOf(h, minute)));
  const dayOf = (minute: number) => parts(minute).day;

  const { sessions, indexOf } = sessionsOf(h, cuts);
  const nameOf = (s: Session) => `${s.user} ${instantOf(h, s.start)} ${s.twin} ${s.platform} ${s.derived}`;

  const userDays: Figures["userDays"] = {};
  const fact = (
    minute: number,
    user: number,
    twin: number | null,
    platform: string,
    counts: Record<string, number>,
  ) => {
    const row = (userDays[`${dayOf(minute)} ${user} ${twin} ${platform}`] ??= {});
    for (const [column, count] of Object.entries(counts)) if (count > 0) row[column] = (row[column] ?? 0) + count;
  };
  const features: Figures["features"] = {};
  const use = (feature: string, user: number, minute: number, count = 1) => {
    const row = (features[`${dayOf(minute)} ${user} ${feature}`] ??= { count: 0, last: "" });
    row.count += count;
    if (instantOf(h, minute) > row.last) row.last = instantOf(h, minute);
  };
  const hours: Figures["hours"] = {};
  const monthly: Record<string, { sessions: Set<string>; activities: number; seconds: number; timed: number }> = {};

  for (const s of sessions) {
    fact(s.start, s.user, s.twin, s.platform, {
      sessions: 1,
      ended_sessions: s.end === null ? 0 : 1,
      session_seconds: s.end === null ? 0 : (s.end - s.start) * 60,
    });
  }
  h.activities.forEach((a, i) => {
    const seconds = a.minutes === null ? 0 : a.minutes * 60;
    const column = {
      conversation: "conversations",
      query: "query_activities",
      document: "document_activities",
      shared: "shared_activities",
    }[a.type];
    fact(a.at, a.user, a.twin, a.platform, {
      [column]: 1,
      timed_activities: a.minutes === null ? 0 : 1,
      activity_seconds: seconds,
    });
    const { day, hour } = parts(a.at);
    (hours[`${day} ${a.platform}`] ??= Array.from({ length: 24 }, () => 0))[hour]!++;
    const month = (monthly[`${a.user} ${day.slice(0, 7)}-01`] ??= {
      sessions: new Set(),
      activities: 0,
      seconds: 0,
      timed: 0,
    });
    month.activities++;
    month.seconds += seconds;
    if (a.minutes !== null) month.timed++;
    if (indexOf[i] !== null) month.sessions.add(String(indexOf[i]));
    for (const m of a.messages) {
      const writer = m.by === "twin" ? a.user : m.by;
      fact(m.at, writer, a.twin, a.platform, {
        [m.by === "twin" ? "twin_messages" : "user_messages"]: 1,
        tokens: m.tokens ?? 0,
      });
      if (m.by !== "twin") use("question_asked", m.by, m.at);
    }
    const later = a.at + a.detailAfter;
    if (a.type === "document") {
      fact(later, a.user, a.twin, a.platform, { documents: 1 });
      use("document_drafted", a.user, later);
    }
    if (a.type === "query") {
      fact(later, a.user, a.twin, a.platform, { queries: 1 });
      use("info_retrieved", a.user, later);
    }
    if (a.type === "shared" || a.user !== a.twin) {
      fact(later, a.user, a.twin, a.platform, {
        shared_interactions: 1,
        helpful_yes: a.helpful === true ? 1 : 0,
        helpful_no: a.helpful === false ? 1 : 0,
      });
      use("shared_interaction", a.user, later);
    }
  });
  for (const f of h.features) use(f.name, f.user, f.at, f.count);

  return {
    sessions: sessions
      .map((s) => `${nameOf(s)} ${s.end === null ? null : instantOf(h, s.end)} ${s.derived ? s.count : "-"}`)
      .sort(),
    sessionOf: Object.fromEntries(
      h.activities.map((_, i) => [`a${i}`, indexOf[i] === null ? null : nameOf(sessions[indexOf[i]!]!)]),
    ),
    userDays,
    features,
    hours,
    daily: dailyOf(h, sessions, userDays, dayOf, days),
    ...peopleOf(userDays, features, local(now.getTime()).day),
    monthly: Object.fromEntries(
      Object.entries(monthly).map(([key, m]) => [key, [m.sessions.size, m.activities, m.seconds, m.timed]]),
    ),
    people: Object.fromEntries(
      h.people.map((_, i) => {
        const starts = sessions.filter((s) => s.user === i).map((s) => s.start);
        const [first, last] = [Math.min(...starts), Math.max(...starts)];
        return [i, starts.length === 0 ? [null, null] : [dayOf(first), instantOf(h, last)]];
      }),
    ),
  };
}

/** Who was active on which days, by facts: sets and retention, as they stand on the day `today`. */
export function peopleOf(
  userDays: Figures["userDays"],
  features: Figures["features"],
  today: string,
): Pick<Figures, "retention" | "sets"> {
  const sets: Record<string, Set<number>> = {};
  const put = (set: string, user: number) => (sets[set] ??= new Set()).add(user);
  const activeDays = new Map<number, Set<string>>();
  const totalSessions = new Map<number, number>();
  for (const [key, { sessions = 0 }] of Object.entries(userDays)) {
    if (sessions === 0) continue;
    const [day, name, , platform] = key.split(" ") as [string, string, string, string];
    const user = Number(name);
    put(`active ${day}`, user);
    put(`active:${platform} ${day}`, user);
    activeDays.set(user, (activeDays.get(user) ?? new Set()).add(day));
    totalSessions.set(user, (totalSessions.get(user) ?? 0) + sessions);
  }
  for (const key of Object.keys(features)) {
    const [day, user, feature] = key.split(" ");
    put(`used:${feature} ${day}`, Number(user));
  }
  const retention: Figures["retention"] = {};
  for (const [user, days] of activeDays) {
    const cohort = [...days].sort()[0]!;
    put(`first ${cohort}`, user);
    const flags = [1, 7, 30].map((n) => {
      const day = new Date(Date.parse(cohort) + n * 86_400_000).toISOString().slice(0, 10);
      return day < today ? days.has(day) : null;
    });
    retention[user] = [cohort, ...flags, totalSessions.get(user)];
  }
  return { retention, sets: Object.fromEntries(Object.entries(sets).map(([key, set]) => [key, [...set].sort()])) };
}

/** When each person and installation began: as sent, or with what they, or their twins, did first; null while that is nothing. */
function beginningsOf(
  h: History,
  sessions: readonly Session[],
): { people: (number | null)[]; spells: (number | null)[] } {
  const first = (all: number[]) => (all.length === 0 ? null : Math.min(...all));
  const startsOf = (isMeant: (a: History["activities"][number]) => boolean) =>
    h.activities.filter(isMeant).map((a) => a.at);
  return {
    people: h.people.map(
      (p, i) =>
        p.created ??
        first([...sessions.filter((s) => s.user === i).map((s) => s.start), ...startsOf((a) => a.twin === i)]),
    ),
    spells: h.installations.map(
      (s) =>
        s.from ?? first(startsOf((a) => a.twin === s.twin && a.platform === s.platform && a.at <= (s.until ?? a.at))),
    ),
  };
}

function dailyOf(
  h: History,
  sessions: readonly Session[],
  userDays: Figures["userDays"],
  dayOf: (minute: number) => string,
  others: readonly string[],
): Figures["daily"] {
  const begun = beginningsOf(h, sessions);
  const createdOn = begun.people.flatMap((at) => (at === null ? [] : [dayOf(at)]));
  const days = new Set([...Object.keys(userDays).map((key) => key.split(" ")[0]!), ...createdOn, ...others]);
  return Object.fromEntries(
    [...days].map((day) => {
      const rows = Object.entries(userDays).filter(([key]) => key.startsWith(`${day} `));
      const sum = (...columns: string[]) =>
        rows.reduce((total, [, row]) => total + columns.reduce((s, column) => s + (row[column] ?? 0), 0), 0);
      const platforms: Record<string, number> = {};
      for (const [key, row] of rows)
        if (row["sessions"]) platforms[key.split(" ")[3]!] = (platforms[key.split(" ")[3]!] ?? 0) + row["sessions"];
      const ended = sum("ended_sessions");
      return [
        day,
        {
          total_active_users: new Set(rows.filter(([, row]) => row["sessions"]).map(([key]) => key.split(" ")[1])).size,
          new_users: createdOn.filter((on) => on === day).length,
          total_sessions: sum("sessions"),
          total_conversations: sum("conversations"),
          total_messages: sum("user_messages", "twin_messages"),
          total_documents_drafted: sum("documents"),
          total_queries: sum("queries"),
          total_shared_interactions: sum("shared_interactions"),
          avg_session_duration_seconds: ended === 0 ? 0 : Math.round(sum("session_seconds") / ended),
          total_twin_installations: h.installations.filter(
            ({ until }, at) =>
              begun.spells[at] !== null && dayOf(begun.spells[at]!) <= day && (until === null || dayOf(until) > day),
          ).length,
          platform_breakdown: platforms,
          ended_sessions: ended,
          session_seconds: sum("session_seconds"),
        },
      ];
    }),
  );
}
