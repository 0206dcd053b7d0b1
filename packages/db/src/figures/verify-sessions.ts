import { sql } from "drizzle-orm";
import { statement } from "../postgres/statement.ts";
import { derivedSessions } from "../records/sessions/derived.ts";
import { readSight } from "../records/sessions/sight.ts";
import { widenWindows, type Window, windowParameters } from "../records/sessions/windows.ts";
import type { Tx } from "../tenancy/actor.ts";
import { compare, type Difference, personWaits, type Scope } from "./compare.ts";

const sealOf = statement(
  "figures.verify_seal",
  { org_id: "int" },
  { from: "timestamptz?", before: "timestamptz?" },
  (p) => sql`
    select sealed_from as "from", sealed_before as "before" from organizations where id = ${p.org_id}`,
  { plan: "each" },
);

/** What isn't sealed of the days that are looked at, for each person. */
const windowsOfPeople = statement(
  "figures.verify_windows",
  {
    org_id: "int",
    ns: "int[]",
    from: "date",
    to: "date",
    rule: "day_rule",
    sealed_from: "timestamptz?",
    back: "timestamptz?",
  },
  { user_id: "uuid", lo: "timestamptz", hi: "timestamptz" },
  (p) => sql`
    select u.id as user_id, b.lo, b.hi from users u
    cross join lateral (select greatest(start_of(${p.from}, ${p.rule}), '1970-02-01') as lo,
      least(start_of(least(${p.to}, '2199-01-01') + 1, ${p.rule}), '2199-01-02') as hi) w
    cross join lateral (
      select w.lo, least(w.hi, coalesce(${p.sealed_from} - interval '1 millisecond', w.hi)) as hi
      union all
      select greatest(w.lo, ${p.back}), w.hi where ${p.back} is not null
    ) b
    where u.org_id = ${p.org_id} and u.n = any (${p.ns}) and b.lo < b.hi`,
  { plan: "each" },
);

/** Compares the stored derived sessions of people `ns` with those that their raw rows give. */
export async function compareSessions(tx: Tx, ns: readonly number[], scope: Scope): Promise<Difference[]> {
  const [sealed] = await tx.query(sealOf({ org_id: tx.org_id }));
  const sight = await readSight(tx, sealed!);
  // Ids reach from 1970 to 2199, and the derivation looks back a day from either end.
  const { day_rule: rule, from, to } = scope;
  const windows: Window[] = await tx.query(
    windowsOfPeople({ org_id: tx.org_id, ns, from, to, rule, sealed_from: sight.from, back: sight.back }),
  );
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
