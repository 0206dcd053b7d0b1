import pg from "pg";
import type { Database } from "../src/postgres/connect.ts";

type Plan = {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Cond"?: string;
  "One-Time Filter"?: string;
  Plans?: Plan[];
};
/** One access to a table: by which node, by which index, and what is looked up in it. */
export type Access = { table: string; node: string; index: string | null; condition: string };
/** A statement as it was sent, and the tables that its plan reads. */
export type Explained = { text: string; plan: "custom" | "generic"; accesses: Access[] };

const accessesOf = (plan: Plan, table: string | null = null): Access[] => {
  // What is known not to hold for these values is never read.
  if (plan["One-Time Filter"] === "false") return [];
  const name = plan["Relation Name"] ?? table;
  const own = plan["Node Type"].endsWith("Scan") && name !== null && plan["Node Type"] !== "Bitmap Heap Scan";
  return [
    ...(own
      ? [
          {
            table: name,
            node: plan["Node Type"],
            index: plan["Index Name"] ?? null,
            condition: plan["Index Cond"] ?? "",
          },
        ]
      : []),
    // An index that a bitmap is made of doesn't say whose it is: that is said by what reads by the bitmap.
    ...(plan.Plans ?? []).flatMap((child) =>
      accessesOf(
        child,
        child["Node Type"].startsWith("Bitmap") || plan["Node Type"].startsWith("Bitmap") ? name : null,
      ),
    ),
  ];
};

/** A value as it stands in SQL. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map((one) => JSON.stringify(one)).join(",")}}`);
  return pg.escapeLiteral(value instanceof Date ? value.toISOString() : String(value));
}

type Row = { "QUERY PLAN": [{ Plan: Plan }] };
type Sent = { text: string; values?: unknown[]; name?: string };

/**
 * A database by which each statement is explained before it is sent, in its own transaction, as its role and with its
 * settings: with its very values, and where it has a name without them, too.
 */
export function explaining(db: Database, note: (explained: Explained) => void): Database {
  const known = new Map<string, Access[]>();
  const once = async (key: string, explain: () => Promise<{ rows: Row[] }>): Promise<Access[]> => {
    const accesses = known.get(key) ?? accessesOf((await explain()).rows[0]!["QUERY PLAN"][0].Plan);
    known.set(key, accesses);
    return accesses;
  };
  const explain = async (client: pg.PoolClient, { text, values = [], name }: Sent) => {
    const given = values.length === 0 ? "" : `(${values.map(literal).join(", ")})`;
    const custom = await once(`${text} ${given}`, () => client.query(`explain (format json) ${text}`, values));
    note({ text, plan: "custom", accesses: custom });
    if (name === undefined) return;
    const generic = await once(text, async () => {
      await client.query(
        `savepoint explaining; prepare explained as ${text}; set local plan_cache_mode = force_generic_plan`,
      );
      const answer = await client.query(`explain (format json) execute explained${given}`);
      await client.query("rollback to explaining; deallocate explained");
      return answer;
    });
    note({ text, plan: "generic", accesses: generic });
  };
  const watched = (client: pg.PoolClient): pg.PoolClient =>
    new Proxy(client, {
      get(target, key) {
        if (key === "query")
          return async (sent: Sent | string) => {
            if (typeof sent === "object" && /^\s*(with|select)\b/.test(sent.text)) await explain(target, sent);
            return target.query(sent);
          };
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  const connect = async () => watched(await db.pool.connect());
  return {
    ...db,
    pool: new Proxy(db.pool, { get: (pool, key) => (key === "connect" ? connect : Reflect.get(pool, key, pool)) }),
  };
}
