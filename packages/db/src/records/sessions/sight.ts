import type { Tx } from "../../tenancy/actor.ts";

/** The sealed interval: instants, or null for none. */
export type Sealed = { from: string | null; before: string | null };

/** The seal, and how far the derivation reads across it; all null where nothing is sealed. */
export type Sight = Sealed & {
  /** Where reading backwards ends: sessions before it neither reach over the seal nor belong to those that do. */
  back: string | null;
  /** Up to where moments may belong to a session that began before the seal, or to the same row as one. */
  ahead: string | null;
};

/** Whether an instant lies in the sealed interval, the parameters `$7` and `$8`. */
export const isSealedSql = (instant: string): string =>
  `coalesce(${instant} >= $7::timestamptz and ${instant} < $8::timestamptz, false)`;

/** A session lasts a day at most, and the next piece of its row begins within a pause of that. */
const aDayAndMore = "interval '25 hours'";

/**
 * How far a derivation reads across the seal. Sessions that were sealed when they still lasted as long as their row of
 * moments stay as they are, so it reads as far as those; there are hardly any, and an index of their own finds them.
 */
export async function readSight(tx: Tx, sealed: Sealed): Promise<Sight> {
  if (sealed.before === null) return { ...sealed, back: null, ahead: null };
  const [sight] = await tx.query<{ back: string; ahead: string }>({
    name: "read_sight",
    text: `select greatest(least(min(s.started_at), $3::timestamptz - ${aDayAndMore}), $2::timestamptz) as back,
        greatest(max(s.ended_at), $3::timestamptz) + ${aDayAndMore} as ahead
      from sessions s
      where s.org_id = $1 and s.is_derived and s.ended_at - s.started_at > interval '1 day'
        and s.started_at >= $2::timestamptz and s.id < uuid_floor($3::timestamptz) and s.ended_at >= $3::timestamptz - ${aDayAndMore}`,
    values: [tx.org_id, sealed.from, sealed.before],
  });
  return { ...sealed, ...sight! };
}
