import type { Database } from "./connect.ts";
import { lateTables } from "./late-tables.ts";

/** What an operator asks first about a database. */
export type Diagnosis = {
  server_version: string;
  /** Roles of ours that are missing, or that this login may not take on. */
  roles_missing: string[];
  /** Last month, as its first day, that has partitions; null where there are none. */
  partitions_until: string | null;
  /** Tables that were to be vacuumed or analysed, the worst first. */
  vacuum_late: string[];
};

const roles = ["twin_owner", "twin_app", "twin_worker", "twin_auth", "twin_reader"];

/** Reads the state of a database from its catalogue alone, so that an empty one answers too. */
export async function readDiagnosis(db: Database): Promise<Diagnosis> {
  const { rows } = await db.pool.query<Diagnosis>(
    `select current_setting('server_version') as server_version,
       (select coalesce(array_agg(wanted order by wanted), '{}') from unnest($1::text[]) wanted
        where not exists (select from pg_roles where rolname = wanted and pg_has_role(session_user, oid, 'member'))) as roles_missing,
       (select coalesce(array_agg(name), '{}') from (${lateTables}) late) as vacuum_late,
       (select max(to_date(right(c.relname, 7), 'YYYY_MM')) from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
        where i.inhparent = to_regclass('public.activities')) as partitions_until`,
    [roles],
  );
  return rows[0]!;
}
