import type { Activity, History, Message } from "./history.ts";

// Which sessions a history makes: plain and slow, written from the definition alone.

export type Session = {
  user: number;
  twin: number | null;
  platform: string;
  start: number;
  end: number | null;
  count: number;
  derived: boolean;
};

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

/**
 * The sessions of a history and, of each activity, which is its own.
 * @param cuts minutes; moments before one never join those after it
 */
export function sessionsOf(h: History, cuts: readonly number[]): { sessions: Session[]; indexOf: (number | null)[] } {
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
    const first = firstOf(a.messages)[0];
    const begunByUser = first === undefined || (first.by === a.user && first.at <= a.at + 1_440);
    const own = a.messages.filter((m) => m.by === a.user).map((m) => m.at);
    if (begunByUser || own.length > 0)
      moments.push({ ...here, user: a.user, at: begunByUser ? a.at : Math.min(...own), activity: i });
  });
  const indexOf: (number | null)[] = h.activities.map((a) => a.session);
  moments.sort((x, y) => x.at - y.at);
  /** The row of moments that each person, twin and platform is in: when it began and how many days of it went by. */
  const latest = new Map<string, { index: number; began: number; days: number }>();
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
    const row = latest.get(key);
    const end = row === undefined ? Number.NEGATIVE_INFINITY : sessions[row.index]!.end!;
    const goesOn = row !== undefined && m.at - end <= 30 && !cuts.some((cut) => end < cut && cut <= m.at);
    const began = goesOn ? row.began : m.at;
    const days = Math.floor((m.at - began) / 1_440);
    let { index = -1 } = row ?? {};
    if (!goesOn || days !== row.days) {
      const { user, twin, platform, at } = m;
      index = sessions.push({ user, twin, platform, start: at, end: at, count: 0, derived: true }) - 1;
    }
    latest.set(key, { index, began, days });
    sessions[index]!.end = m.at;
    if (m.activity !== null) {
      sessions[index]!.count++;
      indexOf[m.activity] = index;
    }
  }
  return { sessions, indexOf };
}
