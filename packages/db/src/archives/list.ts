import type { ArchivedMonth, ArchiveList, Restoration } from "@twin/contracts/archives";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";

const restorationColumns = `to_char(r.month, 'YYYY-MM') as month, r.status, r.asked_by, r.asked_at, r.restored_at, r.expires_at,
  r.activity_count as activities, r.row_count as rows, r.error`;

export const readRestorations = (tx: Tx, month: string | null = null): Promise<Restoration[]> =>
  tx.query<Restoration>({
    text: `select ${restorationColumns} from restorations r where r.org_id = $1 and ($2::text is null or r.month = ($2 || '-01')::date) order by r.month`,
    values: [tx.org_id, month],
  });

/**
 * The archived months of the organisation: those of which something is archived and not live any more.
 * @param months `YYYY-MM`; null: all
 * @param range instants: only what may hold something of them, because a month of UTC isn't one of the organisation
 */
export async function readArchivedMonths(
  tx: Tx,
  months: { from: string; to: string } | null = null,
  range: { from_at: string; until_at: string } | null = null,
): Promise<Omit<ArchivedMonth, "restoration">[]> {
  return tx.query<Omit<ArchivedMonth, "restoration">>({
    text: `select to_char(p.month, 'YYYY-MM') as month, count(*)::int as parts,
        sum(greatest(0, p.activity_count - p.left_out_count)) as activities, sum(greatest(0, p.row_count - p.left_out_count)) as rows, sum(p.bytes) as bytes,
        max(p.location) as location, bool_and(p.status = 'purged') as is_complete, max(p.purged_at) as purged_at,
        min(p.checked_at) as checked_at, min(p.damage) as damage
      from archive_parts p where p.org_id = $1 and p.status in ('purging', 'purged')
        and ($2::text is null or p.month between ($2 || '-01')::date and ($3 || '-01')::date)
        and ($4::timestamptz is null or (p.manifest ->> 'last_at')::timestamptz >= $4 and (p.manifest ->> 'first_at')::timestamptz < $5::timestamptz)
      group by p.month order by p.month`,
    values: [tx.org_id, months?.from ?? null, months?.to ?? null, range?.from_at ?? null, range?.until_at ?? null],
  });
}

/** What is archived of the actor's organisation, by month, and what of it was brought back. */
export function listArchives(db: Database, actor: Actor): Promise<ArchiveList> {
  return inTenant(db, actor, async (tx) => {
    const restorations = new Map((await readRestorations(tx)).map((one) => [one.month, one]));
    const months = await readArchivedMonths(tx);
    return { months: months.map((month) => ({ ...month, restoration: restorations.get(month.month) ?? null })) };
  });
}
