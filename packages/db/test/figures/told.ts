import type { History } from "./history.ts";
import { recordsOf } from "./history.ts";

/** A record of a history with its name: s0, a0, a0m0, f0; null for people, twins and installations. */
export type Told = { name: string | null; record: Record<string, unknown> };

/** The records of a history, each with its name. */
export function toldOf(h: History): Told[] {
  let features = 0;
  return recordsOf(h).map((record) => {
    const name = {
      session: record["external_id"],
      activity: record["external_id"],
      message: record["external_id"],
      feature: record["type"] === "feature" ? `f${features++}` : null,
    }[record["type"] as string];
    return { name: (name as string | undefined) ?? null, record };
  });
}

/** A history without the records of some names. Whatever hangs on one of them must be named, too. */
export function without(h: History, names: ReadonlySet<string>): History {
  const stays = h.sessions.flatMap((_, i) => (names.has(`s${i}`) ? [] : [i]));
  return {
    ...h,
    sessions: stays.map((i) => h.sessions[i]!),
    activities: h.activities.flatMap((a, i) =>
      names.has(`a${i}`)
        ? []
        : [
            {
              ...a,
              session: a.session === null ? null : stays.indexOf(a.session),
              messages: a.messages.filter((_, j) => !names.has(`a${i}m${j}`)),
            },
          ],
    ),
    features: h.features.filter((_, i) => !names.has(`f${i}`)),
  };
}
