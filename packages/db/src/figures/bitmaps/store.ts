import type { Tx } from "../../tenancy/actor.ts";
import { store } from "../sums/store.ts";
import {
  storedActivePeriods,
  bitsFromFacts,
  kindsOfOrganization,
  type BitmapChunk,
  bitmapChunkWidth,
} from "./define.ts";

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
export async function storeBitmapChunks(tx: Tx, chunks: readonly BitmapChunk[], first: boolean): Promise<void> {
  const distinct = [...new Map(chunks.map((chunk) => [`${chunk.day} ${chunk.lane}`, chunk])).values()];
  if (distinct.length === 0) return;
  await tx.query({
    name: "store_bits",
    text: storeBits,
    values: [tx.org_id, distinct.map(({ day }) => day), distinct.map(({ lane }) => lane), first],
  });
  if (!first) await storeActivePeriods(tx, distinct);
}

/** All chunks of some days. */
export async function allBitmapChunks(tx: Tx, days: readonly string[]): Promise<BitmapChunk[]> {
  if (days.length === 0) return [];
  return tx.query<BitmapChunk>({
    name: "every_lane",
    text: `select day, lane from unnest($2::date[]) d (day)
      cross join generate_series(0, (select coalesce(max(n), 0) from users where org_id = $1) / ${bitmapChunkWidth}) l (lane)`,
    values: [tx.org_id, days],
  });
}

const storePeriods = store(storedActivePeriods);

/** Computes the weeks and months of some chunks from their days and writes what differs. */
export async function storeActivePeriods(tx: Tx, chunks: readonly BitmapChunk[]): Promise<void> {
  if (chunks.length === 0) return;
  await tx.query({
    ...storePeriods,
    values: [tx.org_id, chunks.map(({ day }) => day), chunks.map(({ lane }) => lane)],
  });
}
