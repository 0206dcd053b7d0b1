import type { Database } from "@twin/db/postgres/connect";

/**
 * What each table holds of an organisation, as one figure a table that differs where a row does. Whoever tries a password of
 * one of its members leaves a row in its audit, and is meant to.
 */
export async function digestOf(db: Database, org_id: number): Promise<Record<string, string>> {
  const { rows: tables } = await db.pool.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
     where n.nspname in ('public', 'auth') and c.relkind in ('r', 'p') and not c.relispartition
       and a.attname = 'org_id' and not a.attisdropped order by 1`,
  );
  const digests: Record<string, string> = {};
  for (const { name } of tables) {
    const { rows } = await db.pool.query<{ digest: string }>(
      `select count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0) as digest from ${name} t
       where org_id = $1 ${name === "public.audit_log" ? "and action <> 'session.refuse'" : ""}`,
      [org_id],
    );
    digests[name] = rows[0]!.digest;
  }
  return digests;
}
