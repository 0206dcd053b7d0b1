import type { History } from "./history.ts";
import { toldOf, without } from "./told.ts";

// A history as its senders knew it earlier: before it was over, and of single records before all of them was known.

type Record_ = Record<string, unknown>;
const hourAfter = (instant: unknown) => new Date(Date.parse(instant as string) + 3_600_000).toISOString();

/**
 * A record as it was told before all of it was known, of an older `updated_at`: without its session, on another platform,
 * without its parts and their answers, without the end that it has now or with one that is taken back; `what` of these,
 * bit by bit. Null where nothing of it may change.
 */
export function earlierOf(record: Record_, what: number): Record_ | null {
  const { type } = record;
  const wasOther = (bit: number) => ((what >> bit) & 1) === 1;
  const place = wasOther(0) ? { platform: "teams" } : {};
  const ended = (from: unknown, until: unknown) => ({
    ended_at: wasOther(1) ? (until === null ? hourAfter(from) : null) : until,
  });
  if (type === "session")
    return {
      ...record,
      ...place,
      ...ended(record["started_at"], record["ended_at"]),
      ...(wasOther(2) && { twin: null }),
    };
  if (type === "installation" && record["installed_at"] !== undefined) {
    const [from, until] = [record["installed_at"], record["uninstalled_at"]];
    return { ...record, uninstalled_at: until === null ? hourAfter(from) : null };
  }
  if (type === "feature") return { ...record, count: 9 };
  if (type === "message") return { ...record, token_count: 99, seq: 3 };
  if (type !== "activity") return null;
  const bare: Record_ = { ...record, ...place, ...ended(record["started_at"], record["ended_at"]) };
  if (wasOther(2)) delete bare["session"];
  // The time of a part is its identity: only one of the activity's own time may be left out.
  const isLate = (part: string) => (record[part] as Record_ | undefined)?.["created_at"] !== record["started_at"];
  if (wasOther(3))
    for (const part of ["document", "query", "shared"]) if (part in bare && !isLate(part)) delete bare[part];
  if (wasOther(4) && bare["shared"]) bare["shared"] = { ...(bare["shared"] as Record_), was_helpful: null };
  return bare;
}

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
