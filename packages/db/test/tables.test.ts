import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import * as access from "../src/access/tables.ts";
import * as activities from "../src/records/tables.ts";
import * as archives from "../src/archives/tables.ts";
import * as audit from "../src/tenancy/audit/tables.ts";
import * as backfills from "../src/figures/backfills/tables.ts";
import * as erasures from "../src/privacy/erasures/tables.ts";
import * as exports from "../src/privacy/exports/tables.ts";
import * as imports from "../src/imports/tables.ts";
import * as jobs from "../src/jobs/tables.ts";
import * as lifecycle from "../src/policies/tables.ts";
import * as metrics from "../src/figures/tables.ts";
import * as organizations from "../src/tenancy/organizations/tables.ts";
import * as sessions from "../src/records/sessions/tables.ts";
import * as twins from "../src/people/twins/tables.ts";
import * as users from "../src/people/users/tables.ts";
import { useDatabase } from "./database.ts";

const database = useDatabase();

/** Kept by the migrator and by the encryption, which speak SQL: nobody builds queries on them. */
const withoutBuilder = new Set(["ops.migrations", "ops.key_encryption_keys"]);

const described = [
  access,
  activities,
  archives,
  audit,
  backfills,
  erasures,
  exports,
  imports,
  jobs,
  lifecycle,
  metrics,
  organizations,
  sessions,
  twins,
  users,
]
  .flatMap((module) => Object.values(module))
  .filter((value): value is PgTable => value instanceof PgTable)
  .map((table) => getTableConfig(table));

test("the builder's tables are the catalogue's: names, types, nullability, keys, defaults and generated columns", async () => {
  const { rows } = await database.pool.query<{ relation: string; columns: string[]; key: string[] }>(
    `select n.nspname || '.' || c.relname as relation,
       array(select a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || case when a.attnotnull then ' not null' else '' end
           || case when a.attgenerated <> '' then ' generated' when a.attidentity <> '' then ' identity'
             when a.atthasdef then ' default' else '' end
         from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns,
       array(select a.attname::text from pg_constraint k cross join unnest(k.conkey) with ordinality as u (num, place)
         join pg_attribute a on a.attrelid = c.oid and a.attnum = u.num
         where k.conrelid = c.oid and k.contype = 'p' order by u.place) as key
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'auth', 'ops') and c.relkind in ('r', 'p') and not c.relispartition`,
  );
  const catalogue = Object.fromEntries(
    rows
      .filter(({ relation }) => !withoutBuilder.has(relation))
      .map(({ relation, columns, key }) => [relation, { columns, key }]),
  );
  const builder = Object.fromEntries(
    described.map((table) => [
      `${table.schema ?? "public"}.${table.name}`,
      {
        columns: table.columns.map((column) => {
          const extra = column.generated
            ? " generated"
            : column.generatedIdentity
              ? " identity"
              : column.hasDefault
                ? " default"
                : "";
          return `${column.name} ${column.getSQLType()}${column.notNull ? " not null" : ""}${extra}`;
        }),
        key:
          table.primaryKeys[0]?.columns.map(({ name }) => name) ??
          table.columns.filter(({ primary }) => primary).map(({ name }) => name),
      },
    ]),
  );
  expect(builder).toEqual(catalogue);
});
