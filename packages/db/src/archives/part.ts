import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import type { Manifest } from "./manifest.ts";
import type { PartId } from "./paths.ts";

export type PartStatus = "writing" | "written" | "verified" | "purging" | "purged" | "abandoned";

/** A part as its row says, in the hands of the run `run_id`. */
export type Part = PartId & {
  run_id: string;
  status: PartStatus;
  manifest: Manifest | null;
  manifest_sha256: string | null;
  purged_upto: string | null;
  damage: string | null;
  /** What began before it was due when the part was written. */
  cut: string;
};

const columns = "month, seq, run_id, status, manifest, manifest_sha256, purged_upto, damage, cut";

/** Begins a part: its number is taken before its first file is. */
export async function beginPart(
  db: Database,
  actor: Actor,
  part: { month: string; run_id: string; cut: string; location: string },
  now: Date,
): Promise<Part> {
  return inTenant(db, actor, async (tx) => {
    const [begun] = await tx.query<Part>({
      text: `insert into archive_parts (org_id, month, seq, cut, status, run_id, location, created_at)
        select $1, $2, coalesce(max(seq), 0) + 1, $3, 'writing', $4, $5, $6 from archive_parts where org_id = $1 and month = $2
        returning ${columns}`,
      values: [tx.org_id, part.month, part.cut, part.run_id, part.location, now.toISOString()],
    });
    return begun!;
  });
}

/** Takes over what earlier runs left unfinished, the oldest month first. */
export const takeOverParts = (db: Database, actor: Actor, run_id: string): Promise<Part[]> =>
  inTenant(db, actor, async (tx) => {
    await tx.query({
      text: "update archive_parts set run_id = $2 where org_id = $1 and status in ('writing', 'written', 'verified', 'purging')",
      values: [tx.org_id, run_id],
    });
    return tx.query<Part>({
      text: `select ${columns} from archive_parts where org_id = $1 and run_id = $2 order by month, seq`,
      values: [tx.org_id, run_id],
    });
  });

type Change = Partial<
  Pick<Part, "status" | "damage" | "manifest_sha256"> & {
    manifest: string;
    activity_count: number;
    row_count: number;
    bytes: number;
    checked_at: string;
    purged_at: string;
  }
>;

/**
 * Changes the row of a part that is in our hands, and locks it.
 * @throws where another run has taken it over: two must never purge by one part at once
 */
export async function changePart(tx: Tx, part: Part, change: Change): Promise<void> {
  const names = Object.keys(change) as (keyof Change)[];
  const changed = await tx.query({
    text: `update archive_parts set ${names.map((name, i) => `${name} = $${i + 5}`).join(", ")}
      where org_id = $1 and month = $2 and seq = $3 and run_id = $4 returning 1`,
    values: [tx.org_id, part.month, part.seq, part.run_id, ...names.map((name) => change[name])],
  });
  if (changed.length === 0) throw takenOver(part);
}

/** `changePart` in a transaction of its own. */
export async function storePart(db: Database, actor: Actor, part: Part, change: Change): Promise<void> {
  await inTenant(db, actor, (tx) => changePart(tx, part, change));
  if (change.status) part.status = change.status;
}

export const takenOver = ({ month, seq }: PartId): Error =>
  new Error(`another run has taken over part ${seq} of the archive of ${month.slice(0, 7)}`);
