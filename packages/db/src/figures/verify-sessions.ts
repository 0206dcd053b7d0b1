import { derivedSessions } from "../records/sessions/derived.ts";
import { readSight, type Sealed } from "../records/sessions/sight.ts";
import { windowParameters, widenWindows, type Window } from "../records/sessions/windows.ts";
import type { Tx } from "../tenancy/actor.ts";
import { compare, type Difference, personWaits, type Scope } from "./compare.ts";

/** Compares the stored derived sessions of people `ns` with those that their raw rows give. */
export async function compareSessions(tx: Tx, ns: readonly number[], scope: Scope): Promise<Difference[]> {
  const [sealed] = await tx.query<Sealed>({
    text: `select sealed_from as "from", sealed_before as "before" from organizations where id = $1`,
    values: [tx.org_id],
  });
  const sight = await readSight(tx, sealed!);
  // Ids reach from 1970 to 2199, and the derivation looks back a day from either end.
  const windows = await tx.query<Window>({
    text: `select u.id as user_id, b.lo, b.hi from users u
      cross join lateral (select greatest(start_of($3::date, $5), '1970-02-01') as lo,
        least(start_of(least($4::date, '2199-01-01') + 1, $5), '2199-01-02') as hi) w
      cross join lateral (
        select w.lo, least(w.hi, coalesce($6::timestamptz - interval '1 millisecond', w.hi)) as hi
        union all
        select greatest(w.lo, $7::timestamptz), w.hi where $7::timestamptz is not null
      ) b
      where u.org_id = $1 and u.n = any ($2) and b.lo < b.hi`,
    values: [tx.org_id, ns, scope.from, scope.to, scope.day_rule, sight.from, sight.back],
  });
  if (windows.length === 0) return [];
  const complete =
    scope.from > "1970-01-01" || scope.to < "9999-12-31" ? await widenWindows(tx, windows, sight) : windows;
  const values = [tx.org_id, ...(await windowParameters(tx, complete, sight)), sight.back];
  const columns = ["started_at", "ended_at", "row_began_at", "interaction_count", "twin_id", "platform"];
  const derived = await compare(tx, {
    table: "sessions",
    with: derivedSessions,
    stored: `select u.n, s.id, ${columns.map((column) => `s.${column}`).join(", ")} from stored s join users u on u.org_id = $1 and u.id = s.user_id`,
    fresh: `select u.n, d.id, ${columns.map((column) => `d.${column}`).join(", ")} from derived d join users u on u.org_id = $1 and u.id = d.user_id
      where not d.is_final`,
    key: ["n", "id"],
    columns,
    waits: personWaits,
    values,
  });
  const assigned = await compare(tx, {
    table: "activities",
    with: derivedSessions,
    stored:
      "select u.n, a.activity_id as id, a.stored_id as session_id from assigned a join users u on u.org_id = $1 and u.id = a.user_id",
    fresh:
      "select u.n, a.activity_id as id, a.session_id from assigned a join users u on u.org_id = $1 and u.id = a.user_id",
    key: ["n", "id"],
    columns: ["session_id"],
    waits: personWaits,
    values,
  });
  return [...derived, ...assigned];
}
