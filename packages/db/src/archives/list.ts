import type { ArchivedMonth, ArchiveList, Restoration } from "@twin/contracts/archives";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { only, statement } from "../postgres/statement.ts";

const restorationColumns =
  sql.raw(`to_char(r.month, 'YYYY-MM') as month, r.status, r.asked_by, r.asked_at, r.restored_at, r.expires_at,
  r.activity_count as activities, r.row_count as rows, r.error`);

const restorations = statement(
  "archives.restorations",
  { org_id: "int", month: "text?" },
  {
    month: "text",
    status: only<Restoration["status"]>("text"),
    asked_by: "text",
    asked_at: "timestamptz",
    restored_at: "timestamptz?",
    expires_at: "timestamptz?",
    activities: "bigint",
    rows: "bigint",
    error: "text?",
  },
  (p) =>
    sql`select ${restorationColumns} from restorations r where r.org_id = ${p.org_id} and (${p.month} is null or r.month = (${p.month} || '-01')::date) order by r.month`,
  { plan: "each" },
);

/** The restored months of the organisation, or the one asked for, `YYYY-MM`. */
export const readRestorations = (tx: Tx, month: string | null = null): Promise<Restoration[]> =>
  tx.query(restorations({ org_id: tx.org_id, month }));

const archivedMonths = statement(
  "archives.archived_months",
  { org_id: "int", from: "text?", to: "text?", from_at: "timestamptz?", until_at: "timestamptz?" },
  {
    month: "text",
    parts: "int",
    activities: "numeric",
    rows: "numeric",
    bytes: "numeric",
    location: "text",
    is_complete: "boolean",
    purged_at: "timestamptz?",
    checked_at: "timestamptz?",
    damage: "text?",
  },
  (p) => sql`
    select to_char(p.month, 'YYYY-MM') as month, count(*)::int as parts,
      sum(greatest(0, p.activity_count - p.left_out_count)) as activities, sum(greatest(0, p.row_count - p.left_out_count)) as rows, sum(p.bytes) as bytes,
      max(p.location) as location, bool_and(p.status = 'purged') as is_complete, max(p.purged_at) as purged_at,
      min(p.checked_at) as checked_at, min(p.damage) as damage
    from archive_parts p where p.org_id = ${p.org_id} and p.status in ('purging', 'purged')
      and (${p.from} is null or p.month between (${p.from} || '-01')::date and (${p.to} || '-01')::date)
      and (${p.from_at} is null or (p.manifest ->> 'last_at')::timestamptz >= ${p.from_at} and (p.manifest ->> 'first_at')::timestamptz < ${p.until_at})
    group by p.month order by p.month`,
  { plan: "each" },
);

/**
 * The archived months of the organisation: those with something archived that isn't live any more.
 * @param months `YYYY-MM`; null: all
 * @param range instants: only months that may hold something of it, because a month of UTC isn't one of the organisation
 */
export async function readArchivedMonths(
  tx: Tx,
  months: { from: string; to: string } | null = null,
  range: { from_at: string; until_at: string } | null = null,
): Promise<Omit<ArchivedMonth, "restoration">[]> {
  return tx.query(
    archivedMonths({
      org_id: tx.org_id,
      from: months?.from ?? null,
      to: months?.to ?? null,
      from_at: range?.from_at ?? null,
      until_at: range?.until_at ?? null,
    }),
  );
}

/** What is archived of the actor's organisation, by month, and what of it is restored. */
export function listArchives(db: Database, actor: Actor): Promise<ArchiveList> {
  return inTenant(db, actor, async (tx) => {
    const restorations = new Map((await readRestorations(tx)).map((one) => [one.month, one]));
    const months = await readArchivedMonths(tx);
    return { months: months.map((month) => ({ ...month, restoration: restorations.get(month.month) ?? null })) };
  });
}
