import type { Tx } from "../../tenancy/actor.ts";
import { store } from "../sums/store.ts";
import { activePeriods, bitsFromFacts, kindsOfOrganization, type Lane, laneWidth } from "./define.ts";

const storeBits = `
  with ${kindsOfOrganization}, ${bitsFromFacts},
  removed as (
    delete from day_users d using lane l, kinds k
    where d.org_id = $1 and d.kind = k.kind and d.day = l.day and d.lane = l.lane and (k.kind = 'first') = $4
      and not exists (select from fresh f where (f.kind, f.day, f.lane) = (d.kind, d.day, d.lane))
    returning d.lane
  ),
  stored as (
    insert into day_users as d (org_id, kind, day, lane, bits)
    select $1, kind, day, lane, bits from fresh order by kind, day, lane
    on conflict (org_id, kind, day, lane) do update set bits = excluded.bits where d.bits <> excluded.bits
    returning d.lane
  )
  select (select count(*) from removed) + (select count(*) from stored) as rows`;

/** Computes the bitmaps of some chunks from facts: who was active, who used what; `first`: whose first day it was. */
export async function storeLanes(tx: Tx, lanes: readonly Lane[], first: boolean): Promise<void> {
  const distinct = [...new Map(lanes.map((lane) => [`${lane.day} ${lane.lane}`, lane])).values()];
  if (distinct.length === 0) return;
  await tx.query({
    name: "store_bits",
    text: storeBits,
    values: [tx.org_id, distinct.map((lane) => lane.day), distinct.map((lane) => lane.lane), first],
  });
  if (!first) await storeActivePeriods(tx, distinct);
}

/** All chunks of some days. */
export async function everyLane(tx: Tx, days: readonly string[]): Promise<Lane[]> {
  if (days.length === 0) return [];
  return tx.query<Lane>({
    name: "every_lane",
    text: `select day, lane from unnest($2::date[]) d (day)
      cross join generate_series(0, (select coalesce(max(n), 0) from users where org_id = $1) / ${laneWidth}) l (lane)`,
    values: [tx.org_id, days],
  });
}

const storePeriods = store(activePeriods);

/** Computes the weeks and months of some chunks from their days and writes what differs. */
export async function storeActivePeriods(tx: Tx, lanes: readonly Lane[]): Promise<void> {
  if (lanes.length === 0) return;
  await tx.query({ ...storePeriods, values: [tx.org_id, lanes.map(({ day }) => day), lanes.map(({ lane }) => lane)] });
}
