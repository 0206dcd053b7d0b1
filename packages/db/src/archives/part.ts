import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { composed, only, statement } from "../postgres/statement.ts";
import type { Manifest } from "./manifest.ts";
import type { PartId } from "./paths.ts";

export type PartStatus = "writing" | "written" | "verified" | "purging" | "purged" | "abandoned";

/** A part as its row says; the run `run_id` is at work on it. */
export type Part = PartId & {
  run_id: string;
  status: PartStatus;
  manifest: Manifest | null;
  manifest_sha256: string | null;
  purged_upto: string | null;
  damage: string | null;
  /** What began before it was due for deletion when the part was written. */
  cut: string;
};

const partRow = {
  month: "date",
  seq: "int",
  run_id: "uuid",
  status: only<PartStatus>("text"),
  manifest: only<Manifest | null>("jsonb"),
  manifest_sha256: "text?",
  purged_upto: "uuid?",
  damage: "text?",
  cut: "timestamptz",
} as const;
const columns = sql.raw("month, seq, run_id, status, manifest, manifest_sha256, purged_upto, damage, cut");

const insertPart = statement(
  "archives.begin_part",
  { org_id: "int", month: "date", cut: "timestamptz", run_id: "uuid", location: "text", now: "timestamptz" },
  partRow,
  (p) => sql`
    insert into archive_parts (org_id, month, seq, cut, status, run_id, location, created_at)
    select ${p.org_id}, ${p.month}, coalesce(max(seq), 0) + 1, ${p.cut}, 'writing', ${p.run_id}, ${p.location}, ${p.now} from archive_parts where org_id = ${p.org_id} and month = ${p.month}
    returning ${columns}`,
  { plan: "each" },
);

/** Begins a part: its number is reserved before its first file is written. */
export async function beginPart(
  db: Database,
  actor: Actor,
  part: { month: string; run_id: string; cut: string; location: string },
  now: Date,
): Promise<Part> {
  return inTenant(db, actor, async (tx) => {
    const [begun] = await tx.query(
      insertPart({
        org_id: tx.org_id,
        month: part.month,
        cut: part.cut,
        run_id: part.run_id,
        location: part.location,
        now: now.toISOString(),
      }),
    );
    return begun!;
  });
}

const takeOver = statement(
  "archives.take_over_parts",
  { org_id: "int", run_id: "uuid" },
  {},
  (p) =>
    sql`update archive_parts set run_id = ${p.run_id} where org_id = ${p.org_id} and status in ('writing', 'written', 'verified', 'purging')`,
  { plan: "each" },
);

const takenParts = statement(
  "archives.taken_over_parts",
  { org_id: "int", run_id: "uuid" },
  partRow,
  (p) =>
    sql`select ${columns} from archive_parts where org_id = ${p.org_id} and run_id = ${p.run_id} order by month, seq`,
  { plan: "each" },
);

/** Takes over unfinished parts of earlier runs, the oldest month first. */
export const takeOverParts = (db: Database, actor: Actor, run_id: string): Promise<Part[]> =>
  inTenant(db, actor, async (tx) => {
    await tx.query(takeOver({ org_id: tx.org_id, run_id }));
    return tx.query(takenParts({ org_id: tx.org_id, run_id }));
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

const changeOfPart = composed(
  "archives.change_part",
  { org_id: "int", month: "date", seq: "int", run_id: "uuid" },
  { changed: "int" },
  (p, change: Change) => {
    const set = Object.entries(change).map(([name, value]) => sql`${sql.identifier(name)} = ${value}`);
    return sql`
    update archive_parts set ${sql.join(set, sql`, `)}
    where org_id = ${p.org_id} and month = ${p.month} and seq = ${p.seq} and run_id = ${p.run_id} returning 1 as changed`;
  },
);

/**
 * Changes the row of a part that this run is at work on, and locks it.
 * @throws where another run has taken it over: two runs must never purge by one part
 */
export async function changePart(tx: Tx, part: Part, change: Change): Promise<void> {
  const { month, seq, run_id } = part;
  const changed = await tx.query(changeOfPart({ org_id: tx.org_id, month, seq, run_id }, change));
  if (changed.length === 0) throw takenOver(part);
}

/** `changePart` in a transaction of its own. */
export async function storePart(db: Database, actor: Actor, part: Part, change: Change): Promise<void> {
  await inTenant(db, actor, (tx) => changePart(tx, part, change));
  if (change.status) part.status = change.status;
}

/** The error of a run whose part another run has taken over: it must stop. */
export const takenOver = ({ month, seq }: PartId): Error =>
  new Error(`another run has taken over part ${seq} of the archive of ${month.slice(0, 7)}`);
