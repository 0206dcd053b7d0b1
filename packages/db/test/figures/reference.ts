import { type Activity, afterAll, type History, instantOf, type Message } from "./history.ts";

// What the figures of a history are: plain and slow, written from the definitions alone, sharing nothing with the SQL.

type Session = {
  user: number;
  twin: number | null;
  platform: string;
  start: number;
  end: number | null;
  count: number;
  derived: boolean;
};
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
};

/** Everything that is stored about a history once all of it is known. */
export function figuresOf(h: History): Figures {
  const local = new Intl.DateTimeFormat("en-CA", {
    timeZone: h.zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    hourCycle: "h23",
  });
  const parts = (minute: number) => {
    const found = Object.fromEntries(
      local.formatToParts(new Date(instantOf(h, minute))).map((part) => [part.type, part.value]),
    );
    return { day: `${found["year"]}-${found["month"]}-${found["day"]}`, hour: Number(found["hour"]) };
  };
  const dayOf = (minute: number) => parts(minute).day;
  const today = new Intl.DateTimeFormat("en-CA", {
    timeZone: h.zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(afterAll(h));

  const { sessions, indexOf } = sessionsOf(h);
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

  const sets: Record<string, Set<number>> = {};
  const put = (set: string, user: number) => (sets[set] ??= new Set()).add(user);
  const activeDays = h.people.map(() => new Set<string>());
  const totalSessions = h.people.map(() => 0);
  for (const s of sessions) {
    put(`active ${dayOf(s.start)}`, s.user);
    put(`active:${s.platform} ${dayOf(s.start)}`, s.user);
    activeDays[s.user]!.add(dayOf(s.start));
    totalSessions[s.user]!++;
  }
  for (const key of Object.keys(features)) {
    const [day, user, feature] = key.split(" ");
    put(`used:${feature} ${day}`, Number(user));
  }
  const retention: Figures["retention"] = {};
  activeDays.forEach((days, user) => {
    const [cohort] = [...days].sort();
    if (cohort === undefined) return;
    put(`first ${cohort}`, user);
    const flags = [1, 7, 30].map((n) => {
      const day = new Date(Date.parse(cohort) + n * 86_400_000).toISOString().slice(0, 10);
      return day < today ? days.has(day) : null;
    });
    retention[user] = [cohort, ...flags, totalSessions[user]];
  });

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
    daily: dailyOf(h, userDays, dayOf),
    retention,
    monthly: Object.fromEntries(
      Object.entries(monthly).map(([key, m]) => [key, [m.sessions.size, m.activities, m.seconds, m.timed]]),
    ),
    sets: Object.fromEntries(Object.entries(sets).map(([key, set]) => [key, [...set].sort()])),
  };
}

/** The first of a conversation's messages, in the order (time, seq, any). */
function firstOf(messages: readonly Message[]): Message[] {
  const earliest = messages.filter((m) => m.at === Math.min(...messages.map((x) => x.at)));
  const rank = (m: Message) => m.seq ?? Number.POSITIVE_INFINITY;
  return earliest.filter((m) => rank(m) === Math.min(...earliest.map(rank)));
}

/** Whether the order of a conversation's first messages is left to their ids, which no sender chooses. */
export const isAmbiguous = (a: Activity): boolean => {
  const first = firstOf(a.messages);
  return first.some((m) => m.by === a.user) && first.some((m) => m.by !== a.user);
};

function sessionsOf(h: History): { sessions: Session[]; indexOf: (number | null)[] } {
  const sessions: Session[] = h.sessions.map((s) => ({
    user: s.user,
    twin: s.twin,
    platform: s.platform,
    start: s.at,
    end: s.minutes === null ? null : s.at + s.minutes,
    count: 0,
    derived: false,
  }));
  const reach = h.sessions.map((s, i) =>
    s.minutes !== null
      ? s.at + s.minutes
      : Math.max(s.at, ...h.activities.filter((a) => a.session === i).map((a) => a.at)),
  );
  type Moment = { user: number; twin: number; platform: string; at: number; activity: number | null };
  const moments: Moment[] = [];
  h.activities.forEach((a, i) => {
    const here = { twin: a.twin, platform: a.platform };
    for (const m of a.messages) {
      if (m.by !== "twin" && (m.by !== a.user || a.session === null))
        moments.push({ ...here, user: m.by, at: m.at, activity: null });
    }
    if (a.session !== null) return;
    const begunByUser = a.messages.length === 0 || firstOf(a.messages)[0]!.by === a.user;
    const own = a.messages.filter((m) => m.by === a.user).map((m) => m.at);
    if (begunByUser || own.length > 0)
      moments.push({ ...here, user: a.user, at: begunByUser ? a.at : Math.min(...own), activity: i });
  });
  const indexOf: (number | null)[] = h.activities.map((a) => a.session);
  moments.sort((x, y) => x.at - y.at);
  const latest = new Map<string, number>();
  for (const m of moments) {
    const holding = h.sessions
      .map((s, i) => ({ s, i }))
      .filter(
        ({ s, i }) =>
          s.user === m.user &&
          s.platform === m.platform &&
          (s.twin === null || s.twin === m.twin) &&
          s.at <= m.at &&
          m.at <= reach[i]!,
      );
    if (holding.length > 0) {
      // Which of several is not said: the test leaves histories aside in which it matters.
      if (m.activity !== null) indexOf[m.activity] = holding[0]!.i;
      continue;
    }
    const key = `${m.user} ${m.twin} ${m.platform}`;
    let index = latest.get(key);
    if (index === undefined || m.at - sessions[index]!.end! > 30) {
      index =
        sessions.push({
          user: m.user,
          twin: m.twin,
          platform: m.platform,
          start: m.at,
          end: m.at,
          count: 0,
          derived: true,
        }) - 1;
      latest.set(key, index);
    }
    sessions[index]!.end = m.at;
    if (m.activity !== null) {
      sessions[index]!.count++;
      indexOf[m.activity] = index;
    }
  }
  return { sessions, indexOf };
}

function dailyOf(h: History, userDays: Figures["userDays"], dayOf: (minute: number) => string): Figures["daily"] {
  const days = new Set([
    ...Object.keys(userDays).map((key) => key.split(" ")[0]!),
    ...h.people.map((p) => dayOf(p.created)),
  ]);
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
          new_users: h.people.filter((p) => dayOf(p.created) === day).length,
          total_sessions: sum("sessions"),
          total_conversations: sum("conversations"),
          total_messages: sum("user_messages", "twin_messages"),
          total_documents_drafted: sum("documents"),
          total_queries: sum("queries"),
          total_shared_interactions: sum("shared_interactions"),
          avg_session_duration_seconds: ended === 0 ? 0 : Math.round(sum("session_seconds") / ended),
          total_twin_installations: h.installations.filter(
            (i) => dayOf(i.from) <= day && (i.until === null || dayOf(i.until) > day),
          ).length,
          platform_breakdown: platforms,
        },
      ];
    }),
  );
}
