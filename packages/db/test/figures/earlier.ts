import type { History } from "./history.ts";
import { toldOf, without } from "./told.ts";

// A history as its senders knew it earlier: before it was over, and of single records before all of them was known.

type Record_ = Record<string, unknown>;
const hourAfter = (instant: unknown) => new Date(Date.parse(instant as string) + 3_600_000).toISOString();

/**
 * A record as it was told before all of it was known, of an older `updated_at`: without its session, on another platform,
 * without its parts and their answers, without the end that it has now or with one that is taken back. Null where
 * nothing of it may change.
 */
export function earlierOf(record: Record_): Record_ | null {
  const { type } = record;
  const ended = (from: unknown, until: unknown) => (until === null ? hourAfter(from) : null);
  if (type === "session")
    return {
      ...record,
      twin: null,
      platform: "teams",
      ended_at: ended(record["started_at"], record["ended_at"]),
    };
  if (type === "installation" && record["installed_at"] !== undefined)
    return { ...record, uninstalled_at: ended(record["installed_at"], record["uninstalled_at"]) };
  if (type === "feature") return { ...record, count: 9 };
  if (type === "message") return { ...record, token_count: 99, seq: 3 };
  if (type !== "activity") return null;
  const bare = { ...record, platform: "teams", ended_at: ended(record["started_at"], record["ended_at"]) };
  // The time of a part is its identity: only one of the activity's own time may be left out.
  const isLate = (part: string) => (record[part] as Record_ | undefined)?.["created_at"] !== record["started_at"];
  const kept = Object.entries(bare).filter(
    ([name]) => name !== "session" && (!["document", "query", "shared"].includes(name) || isLate(name)),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, name === "shared" ? answerless(value) : value]));
}
const answerless = (shared: unknown) => ({ ...(shared as Record_), was_helpful: null });

/**
 * The history as far as it went at a minute, and its records as they were sent by then: what has not begun isn't there,
 * and what has not ended is open. A person who is said to begin later has no beginning yet.
 */
export function untilMinute(h: History, minute: number): { known: History; records: Record_[] } {
  const isPast = (at: number) => at <= minute;
  const open = <T extends { at: number; minutes: number | null }>(one: T): T => ({
    ...one,
    minutes: one.minutes !== null && isPast(one.at + one.minutes) ? one.minutes : null,
  });
  const cut: History = {
    ...h,
    people: h.people.map((p) => ({ ...p, created: p.created !== null && isPast(p.created) ? p.created : null })),
    sessions: h.sessions.map(open),
    activities: h.activities.map((a) => ({
      ...open(a),
      session: a.session !== null && isPast(h.sessions[a.session]!.at) ? a.session : null,
    })),
    installations: h.installations
      .filter(({ from }) => from === null || isPast(from))
      .map((i) => ({ ...i, until: i.until !== null && isPast(i.until) ? i.until : null })),
  };
  const coming = new Set<string>();
  const note = (name: string, ...at: number[]) => at.every(isPast) || coming.add(name);
  h.sessions.forEach((s, i) => note(`s${i}`, s.at));
  h.features.forEach((f, i) => note(`f${i}`, f.at));
  h.activities.forEach((a, i) => {
    const hasDetail = a.type !== "conversation" || a.user !== a.twin;
    note(`a${i}`, a.at, ...(hasDetail ? [a.at + a.detailAfter] : []));
    a.messages.forEach((m, j) => note(`a${i}m${j}`, m.at, ...(coming.has(`a${i}`) ? [minute + 1] : [])));
  });
  const records = toldOf(cut).flatMap(({ name, record }) => (name !== null && coming.has(name) ? [] : [record]));
  return { known: without(cut, coming), records };
}
