import type { ApiKey } from "@twin/contracts/keys";
import type { KeyOverlapHours, Scope } from "@twin/contracts/vocabulary";
import { plural } from "@twin/wording/format";

/** What a scope lets a key do, as the form says it. */
export const scopeNames: Record<Scope, string> = {
  "ingest.write": "send records",
  "metrics.read": "read figures",
  "activities.read": "read activities",
  "people.read": "read addresses",
  "titles.read": "read titles",
  "content.read": "read content",
  "annotations.write": "write notes",
  "jobs.read": "see jobs",
  "jobs.write": "run jobs",
};

/** How long the old key works on, in the order of the choice. */
export const overlapNames: [KeyOverlapHours, string][] = [
  [0, "Not at all"],
  [1, "1 hour"],
  [24, "24 hours"],
  [168, "7 days"],
];

/** When a key ends that is made on the page: days from now, or years. */
export const ends = { "30d": "30 days", "90d": "90 days", "1y": "1 year", "2y": "2 years" } as const;
export type Ends = keyof typeof ends;

/** The time at which a key ends that is made now. */
export function endOf(choice: Ends, now: Date): Date {
  const end = new Date(now);
  const many = Number.parseInt(choice, 10);
  if (choice.endsWith("y")) end.setUTCFullYear(end.getUTCFullYear() + many);
  else end.setUTCDate(end.getUTCDate() + many);
  return end;
}

/** `twin_7k2f…`: the beginning of a key, by which one finds it where it is used. */
export const shortId = (id: string): string => `twin_${id.slice(0, 4)}…`;

/** The source that a key gets whose form names none: its name, as a source may be written. */
export const sourceOf = (name: string): string =>
  name
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^a-z0-9:_.]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 100) || "api";

const dayMs = 86_400_000;
/** A key that ends within so many days says so. */
const soonDays = 14;
/** After so long without a request nobody seems to send the old key any more. */
const silentMs = dayMs;

/** Whether a key is refused: revoked, or at its end. */
export const hasEnded = ({ revoked_at, expires_at }: ApiKey, now: number): boolean =>
  revoked_at !== null || (expires_at !== null && Date.parse(expires_at) <= now);

const inTime = (at: string, now: number): string => {
  const hours = (Date.parse(at) - now) / 3_600_000;
  if (hours < 1) return `in ${plural(Math.max(1, Math.round(hours * 60)), "minute")}`;
  return hours < 48 ? `in ${plural(Math.round(hours), "hour")}` : `in ${plural(Math.round(hours / 24), "day")}`;
};

/** How a key stands: what its row says beside its beginning. `urges`: what one may do now stands out. */
export type Standing = {
  kind: "ended" | "replaced" | "replacing" | "ending" | "unused" | "works";
  text: string;
  urges: boolean;
};

/** How a key stands among the organisation's. `dayOf` writes the day of a time. */
export function standingOf(key: ApiKey, all: readonly ApiKey[], now: number, dayOf: (at: string) => string): Standing {
  const { revoked_at, revoked_by, expires_at, last_used_at, replaces, replaced_by } = key;
  const is = (kind: Standing["kind"], text: string, urges = false): Standing => ({ kind, text, urges });
  if (revoked_at !== null) return is("ended", `revoked ${dayOf(revoked_at)}${revoked_by ? ` by ${revoked_by}` : ""}`);
  if (hasEnded(key, now)) return is("ended", `${replaced_by === null ? "expired" : "ended"} ${dayOf(expires_at!)}`);
  const next = all.find(({ id }) => id === replaced_by);
  if (next) {
    const isSilent = Math.max(Date.parse(last_used_at ?? "0"), Date.parse(next.created_at)) < now - silentMs;
    if (isSilent) return is("replaced", "not used for a day: it can end", true);
    return is("replaced", expires_at ? `both work, ends ${inTime(expires_at, now)}` : "both work");
  }
  if (expires_at !== null && Date.parse(expires_at) - now < soonDays * dayMs)
    return is("ending", `ends ${inTime(expires_at, now)}`, true);
  const before = all.find(({ id }) => id === replaces);
  if (before && !hasEnded(before, now)) return is("replacing", `replaces ${shortId(before.id)}`);
  return last_used_at === null ? is("unused", "never used") : is("works", "");
}

/** Keys that work first, those that ended below; each part newest first, as they come. */
export const inOrder = (keys: readonly ApiKey[], now: number): ApiKey[] => [
  ...keys.filter((key) => !hasEnded(key, now)),
  ...keys.filter((key) => hasEnded(key, now)),
];
