import type { DataType, KeepUnit } from "@twin/contracts/policies";
import type pg from "pg";

/** Puts a policy in force, past every rule of how one may be chosen. */
export async function keep(pool: pg.Pool, org_id: number, type: DataType, count: number, unit: KeepUnit = "day") {
  await pool.query(
    `insert into retention_policies (org_id, data_type, keep_count, keep_unit, changed_at, changed_by)
     values ($1, $2, $3, $4, '2020-01-01', 'test')
     on conflict (org_id, data_type) do update set keep_count = $3, keep_unit = $4, pending_count = null, pending_unit = null, pending_from = null`,
    [org_id, type, count, unit],
  );
}

/** Places a hold on a person, by e-mail, or on the whole organisation. */
export async function hold(pool: pg.Pool, org_id: number, email: string | null = null): Promise<void> {
  await pool.query(
    `insert into legal_holds (org_id, id, user_id, reason, placed_at, placed_by)
     values ($1, gen_random_uuid(), (select id from users where org_id = $1 and email_key = $2), 'test', '2020-01-01', 'test')`,
    [org_id, email],
  );
}
export async function liftHolds(pool: pg.Pool, org_id: number): Promise<void> {
  await pool.query("update legal_holds set lifted_at = '2020-01-02', lifted_by = 'test' where org_id = $1", [org_id]);
}
