import type { Tx } from "../tenancy/actor.ts";

/** A stored value that differs from what raw rows say; `null` for a row that one side doesn't have. */
export type Difference = {
  table: string;
  key: Record<string, unknown>;
  column: string;
  stored: unknown;
  recomputed: unknown;
};

/** What one comparison compares. */
export type Scope = { day_rule: string; today: string; figures_day: string | null; from: string; to: string };

type Row = {
  key: Record<string, unknown>;
  stored: Record<string, unknown> | null;
  fresh: Record<string, unknown> | null;
};

export type Comparison = {
  table: string;
  /** Common table expressions that make `stored` and `fresh`, with the same columns. */
  with: string;
  stored: string;
  fresh: string;
  key: readonly string[];
  columns: readonly string[];
  /** Rows to skip: what they are computed from is marked, and the next rollup computes them. */
  waits: string;
  values: unknown[];
};

/** Compares stored values with computed ones, in one statement, and names each column that differs. */
export async function compare(tx: Tx, comparison: Comparison): Promise<Difference[]> {
  const { table, key, columns, values } = comparison;
  const keyed = (side: string) => key.map((column) => `${side}.${column}`).join(", ");
  const merged = key.map((column) => `coalesce(s.${column}, f.${column}) as ${column}`).join(", ");
  const object = (side: string) => `case when ${side} is null then null else to_jsonb(${side}) end`;
  const rows = await tx.query<Row>({
    name: `verify_${table}_${columns[0]}`,
    text: `with ${comparison.with},
        s as materialized (${comparison.stored}),
        f as materialized (${comparison.fresh}),
        both_sides as (
          select ${merged}, ${object("s")} as stored, ${object("f")} as fresh
          from s full join f on (${keyed("s")}) = (${keyed("f")})
          where s is null or f is null or (${columns.map((column) => `s.${column}`).join(", ")})
            is distinct from (${columns.map((column) => `f.${column}`).join(", ")})
        )
      select to_jsonb(k) as key, b.stored, b.fresh
      from both_sides b cross join lateral (select ${key.map((column) => `b.${column}`).join(", ")}) k
      where not (${comparison.waits})`,
    values,
  });
  return rows.flatMap((row) =>
    columns.flatMap((column): Difference[] => {
      const [stored, recomputed] = [row.stored?.[column] ?? null, row.fresh?.[column] ?? null];
      return JSON.stringify(stored) === JSON.stringify(recomputed)
        ? []
        : [{ table, key: row.key, column, stored, recomputed }];
    }),
  );
}

/** Whether person `b.n`, or an erased author, is marked for the rollup. */
export const personWaits = "exists (select from ops.dirty_log l where l.org_id = $1 and l.n = b.n)";

/** Whether the day of a row is marked for the rollup, for anyone. */
export const dayWaits = (day: string): string =>
  `exists (select from ops.dirty_log l where l.org_id = $1 and l.day = b.${day})`;
