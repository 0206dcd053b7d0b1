import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Actor, inAuth, inTenant } from "../src/tenancy/actor.ts";
import { connect, type Database } from "../src/postgres/connect.ts";
import { useDatabase } from "./database.ts";
import { makeActivity, makeMessages, makeOrganization, makePerson, minutesFromNow } from "./rows.ts";
import { systemOf } from "./actors.ts";

const database = useDatabase();

/** Tables of tenants: those with org_id, but partitions and the schemas that know no tenant. */
const tenantTables = `
  select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
  where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace in ('public'::regnamespace, 'restored'::regnamespace)`;

const list = async (text: string): Promise<string[]> =>
  (await database.pool.query<{ name: string }>(text)).rows.map(({ name }) => name);

describe("the catalogue", () => {
  test("every tenant table has row-level security, enabled and forced, with the tenant's policy", async () => {
    expect((await list(`select relname as name from (${tenantTables}) t`)).length).toBeGreaterThan(25);
    expect(
      await list(`select relname as name from (
          ${tenantTables}
          union all select oid, relname, relrowsecurity, relforcerowsecurity from pg_class where oid = 'public.organizations'::regclass
        ) t
        where not relrowsecurity or not relforcerowsecurity or not exists (
          select from pg_policy p where p.polrelid = t.oid and p.polname = 'tenant' and p.polcmd = '*' and p.polpermissive
            and pg_get_expr(p.polqual, p.polrelid) in ('(org_id = app_org())', '(id = app_org())')
            and pg_get_expr(p.polwithcheck, p.polrelid) = pg_get_expr(p.polqual, p.polrelid))`),
    ).toEqual([]);
  });

  test("no policy lets everybody in but twin_reader's, for select only", async () => {
    expect(
      await list(`select polrelid::regclass || ': ' || polname as name from pg_policy
        where polname not in ('tenant', 'analyst')
          and not (polcmd = 'r' and polroles = array['twin_reader'::regrole::oid])`),
    ).toEqual([]);
    expect(await list(`select polrelid::regclass::text as name from pg_policy where 0 = any (polroles)`)).toEqual([]);
    expect(
      await list(`select polrelid::regclass::text as name from pg_policy where polname = 'reader' order by 1`),
    ).toEqual(["documents", "monthly_user_stats", "queries"]);
  });

  test("tables without org_id are outside of public, but organizations", async () => {
    expect(
      await list(`select relname as name from pg_class c
        where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace
          and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id')`),
    ).toEqual(["organizations"]);
  });

  test("every primary key, unique key, unique index and foreign key holds the organisation", async () => {
    expect(
      await list(`select conrelid::regclass || ': ' || conname as name
        from pg_constraint k join (${tenantTables}) t on t.oid = k.conrelid
        where k.contype in ('p', 'u', 'f') and not exists (
          select from pg_attribute a where a.attrelid = k.conrelid and a.attnum = any (k.conkey) and a.attname = 'org_id')`),
    ).toEqual([]);
    expect(
      await list(`select indexrelid::regclass::text as name
        from pg_index i join (${tenantTables}) t on t.oid = i.indrelid
        where i.indisunique and not exists (
          select from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any (i.indkey) and a.attname = 'org_id')`),
    ).toEqual([]);
  });

  test("nothing is granted on partitions and materialized views, and nothing to everybody", async () => {
    expect(
      await list(`select c.relname || ' to ' || a.grantee::regrole as name from pg_class c, aclexplode(c.relacl) a
        where (c.relispartition or c.relkind = 'm') and a.grantee <> c.relowner`),
    ).toEqual([]);
    expect(
      await list(`select c.oid::regclass::text as name from pg_class c, aclexplode(c.relacl) a
        where a.grantee = 0 and c.relowner in ('twin_owner'::regrole, 'twin_reader'::regrole)`),
    ).toEqual([]);
  });

  test("no role of ours bypasses row-level security, is a superuser or logs in, and none may become another", async () => {
    expect(
      await list(`select rolname as name from pg_roles
        where rolname like 'twin\\_%' and (rolbypassrls or rolsuper or rolcanlogin or rolcreaterole or rolcreatedb)`),
    ).toEqual([]);
    expect(
      await list(`select m.member::regrole || ' in ' || m.roleid::regrole as name from pg_auth_members m
        where m.member in (select oid from pg_roles where rolname like 'twin\\_%')`),
    ).toEqual([]);
  });

  test("functions that run with their owner's rights fix their search path and aren't everybody's", async () => {
    expect(
      await list(`select p.oid::regprocedure::text as name from pg_proc p
        where p.prosecdef and p.pronamespace = 'public'::regnamespace
          and (p.proconfig is null or not p.proconfig::text like '%search_path=%' or p.proacl is null
            or exists (select from aclexplode(p.proacl) a where a.grantee = 0))`),
    ).toEqual([]);
  });

  test("the audit log is append-only for the application, which says what was done and nothing of by whom or when", async () => {
    expect(
      await list(`select distinct a.privilege_type || ' to ' || a.grantee::regrole as name
        from pg_class c, aclexplode(c.relacl) a
        where c.oid = 'audit_log'::regclass and a.grantee <> c.relowner order by 1`),
    ).toEqual(["SELECT to twin_app", "SELECT to twin_worker"]);
    expect(
      await list(`select x.grantee::regrole || ' ' || x.privilege_type || ' ' || string_agg(a.attname, ', ' order by a.attname) as name
        from pg_attribute a, aclexplode(a.attacl) x
        where a.attrelid = 'audit_log'::regclass group by x.grantee, x.privilege_type order by 1`),
    ).toEqual([
      "twin_app INSERT action, details, object_id, object_type, reason",
      "twin_worker INSERT action, details, object_id, object_type, reason",
    ]);
  });
});

describe("transactions", () => {
  let db: Database;
  let orgs: number[];
  const serviceOf = (org_id: number): Actor => ({
    kind: "service",
    org_id,
    key_id: "k",
    name: "key",
    source: "import",
    permissions: [],
    request_id: "test",
  });

  beforeAll(async () => {
    orgs = [];
    for (let i = 1; i <= 3; i++) {
      const org = await makeOrganization(database.pool, `org-${i}`);
      for (let k = 0; k < i; k++) {
        const person = await makePerson(database.pool, org);
        const activity = await makeActivity(database.pool, person, minutesFromNow(-k));
        await makeMessages(database.pool, person, activity, [1, 2]);
      }
      orgs.push(org);
    }
    db = connect(database.url, { max: 1 });
  });
  afterAll(() => db.close());

  test("without a setting every tenant table is empty, for reading and for writing", async () => {
    const client = await database.pool.connect();
    try {
      for (const role of ["twin_app", "twin_worker", "twin_owner"]) {
        await client.query(`begin; set local role ${role}`);
        for (const table of await list(`select relname as name from (${tenantTables}) t`)) {
          const { rows } = await client.query(`select count(*)::int as rows from ${table}`);
          expect(rows, `${table} as ${role}`).toEqual([{ rows: 0 }]);
        }
        const insert = "insert into tombstones (org_id, key_hash) values (1, 'x')";
        await expect(client.query(insert)).rejects.toThrow(/row-level security/);
        await client.query("rollback");
      }
    } finally {
      client.release();
    }
  });

  test("tenants that take turns on one connection see their own rows only", async () => {
    const turns = Array.from({ length: 120 }, (_, i) => (i * 7919 + (i % 5)) % 3);
    const seen = await Promise.all(
      turns.map((turn, i) =>
        inTenant(db, i % 2 ? systemOf(orgs[turn]!) : serviceOf(orgs[turn]!), async (tx) => {
          const users = await tx.query<{ org_id: number }>({ name: "users", text: "select org_id from users" });
          const messages = await tx.query<{ org_id: number }>({
            name: "messages",
            text: "select org_id from messages",
          });
          return { orgs: [...new Set([...users, ...messages].map((row) => row.org_id))], users: users.length };
        }),
      ),
    );
    expect(seen).toEqual(turns.map((turn) => ({ orgs: [orgs[turn]], users: turn + 1 })));
    const { rows } = await db.pool.query("select current_setting('app.org_id', true) as org, current_user as role");
    expect(rows).toEqual([{ org: "", role: "postgres" }]);
  });

  test("another tenant's rows can't be written, moved or taken", async () => {
    const [mine, theirs] = orgs as [number, number];
    const attempt = (text: string) => inTenant(db, systemOf(mine), (tx) => tx.query({ text, values: [theirs] }));
    await expect(attempt("insert into tombstones (org_id, key_hash) values ($1, 'x')")).rejects.toThrow(/row-level/);
    await expect(attempt("update users set org_id = $1")).rejects.toThrow(/row-level|foreign key/);
    expect(await attempt("delete from users where org_id = $1 returning id")).toEqual([]);
    expect(await attempt("update users set full_name = 'x' where org_id = $1 returning id")).toEqual([]);
  });

  test("an organisation that isn't an integer never reaches the server", () => {
    for (const org_id of [0, -1, 1.5, Number.NaN, 2 ** 31, "1; drop table users" as unknown as number]) {
      expect(() => inTenant(db, serviceOf(org_id), async () => {})).toThrow(TypeError);
    }
  });

  test("an error rolls back all of a transaction, also one that was caught inside", async () => {
    const write = (after: string) =>
      inTenant(db, systemOf(orgs[0]!), async (tx) => {
        await tx.query({ text: "update users set company = 'changed'" });
        await tx.query({ text: after }).catch(() => {});
      });
    await expect(write("select 1 / 0")).rejects.toThrow();
    expect(await list("select distinct coalesce(company, '-') as name from users")).toEqual(["-"]);
  });

  test("a deadlock is run again", async () => {
    let attempts = 0;
    const result = await inTenant(db, systemOf(orgs[0]!), async () => {
      if (++attempts < 3) throw Object.assign(new Error("deadlock detected"), { code: "40P01" });
      return "done";
    });
    expect([result, attempts]).toEqual(["done", 3]);
  });

  test("twin_auth sees the schema of logins and no tenant's table; the application sees no login", async () => {
    expect(await inAuth(db, (tx) => tx.query({ text: "select id from auth.organizations" }))).toHaveLength(3);
    await expect(inAuth(db, (tx) => tx.query({ text: "select from users" }))).rejects.toThrow(/permission denied/);
    for (const actor of [serviceOf(orgs[0]!), systemOf(orgs[0]!)]) {
      const peek = inTenant(db, actor, (tx) => tx.query({ text: "select from auth.accounts" }));
      await expect(peek).rejects.toThrow(/permission denied/);
    }
  });

  test("jobs are queued by roles without any right to the queue, and go with a rollback", async () => {
    const enqueue = "select enqueue_job('metrics/rollup', '{\"org_id\":1}', 'rollup:1') as id";
    const jobs = () =>
      list("select task_identifier || ' ' || coalesce(key, '-') as name from graphile_worker.jobs order by id");
    await inTenant(db, serviceOf(orgs[0]!), (tx) => tx.query({ text: enqueue }));
    await inTenant(db, systemOf(orgs[0]!), (tx) => tx.query({ text: enqueue }));
    const undone = inAuth(db, async (tx) => {
      await tx.query({ text: "select enqueue_job('other', '{}')" });
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(await jobs()).toEqual(["metrics/rollup rollup:1"]);
    await database.pool.query("update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w'");
    await inTenant(db, systemOf(orgs[0]!), (tx) => tx.query({ text: enqueue }));
    expect(await jobs()).toEqual(["metrics/rollup -", "metrics/rollup rollup:1"]);
    const direct = inTenant(db, systemOf(orgs[0]!), (tx) => tx.query({ text: "select from graphile_worker.jobs" }));
    await expect(direct).rejects.toThrow(/permission denied/);
  });
});
