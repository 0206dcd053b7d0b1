import type { RestRoute } from "@twin/contracts/rest";
import { rest } from "@twin/contracts/rest";
import { beforeAll, expect, test } from "vitest";
import { cases, procedures } from "./cases.ts";
import { makeTenant, type Tenant, useApi } from "./world.ts";

const api = useApi();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
});

/** Every table with the number of its rows and what tells whether one was written again. */
async function tables(): Promise<Map<string, string>> {
  const { rows: found } = await api.database.pool.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema)' order by 1`,
  );
  const each = found.map(
    ({ name }) =>
      `select '${name}' as name, count(*) || ' rows, ' || coalesce(md5(string_agg(tableoid || ':' || ctid || ':' || xmin, ' ' order by tableoid, ctid)), '') as state from ${name}`,
  );
  const { rows } = await api.database.pool.query<{ name: string; state: string }>(each.join(" union all "));
  return new Map(rows.map(({ name, state }) => [name, state]));
}

test("no query changes a row of any table, nor leaves an audit row, whoever is made to open its address", async () => {
  expect((await tables()).size).toBeGreaterThan(50);
  const queries = procedures.filter(([, { type }]) => type === "query");
  expect(queries.length).toBeGreaterThan(25);
  let answered = 0;
  for (const [name] of queries) {
    const before = await tables();
    const input = cases[name]!.input(tenant);
    const variants = name === "activities.get" ? [input, { ...(input as object), reason: "made to read" }] : [input];
    for (const asked of variants)
      answered += (await api.call(tenant.members.owner, name, asked)).status === 200 ? 1 : 0;
    expect(await tables(), name).toEqual(before);
  }
  expect(answered).toBeGreaterThan(25);
});

test("nor does any path that is asked by GET", async () => {
  const before = await tables();
  const routes = Object.keys(rest) as RestRoute[];
  const paths = routes.map((route) => route.split(" ")[1]!.replace("{id}", tenant.ids.activities[0]!));
  for (const path of [...paths, `/exports/${tenant.ids.user}`, "/openapi.json"])
    for (const method of ["GET", "HEAD"])
      await api.fetch(tenant.members.owner, `/api${path}?reason=made%20to%20read`, { method });
  for (const path of ["/docs", "/healthz", "/readyz"]) await api.fetch(tenant.members.owner, path);
  expect(await tables()).toEqual(before);
});
