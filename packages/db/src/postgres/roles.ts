import type pg from "pg";

/** Roles of the cluster without a login. Several databases of one cluster have them together. */
const ROLES = ["twin_owner", "twin_app", "twin_worker", "twin_auth", "twin_reader", "twin_analyst"] as const;

/** Roles that the connecting login takes on with SET LOCAL ROLE; twin_analyst is granted to analysts' own logins instead. */
const TAKEN_ON = ["twin_owner", "twin_app", "twin_worker", "twin_auth", "twin_reader"] as const;

/** What PostgreSQL reports when two migrators of different databases touch the same shared catalogue row. */
const CLASHES = new Set(["XX000", "23505", "42710", "40001"]);

/**
 * Makes the cluster's roles, lets the connected login take them on, and gives twin_owner its rights in this database.
 * Idempotent, and safe while other databases of the cluster do the same.
 * @throws Error with one sentence, when the login may not do it.
 */
export async function ensureRoles(client: pg.Client): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query("begin");
      await makeRoles(client);
      await client.query("commit");
      return;
    } catch (error) {
      await client.query("rollback");
      const code = (error as { code?: string }).code ?? "";
      if (CLASHES.has(code) && attempt < 20) {
        await new Promise((resolve) => setTimeout(resolve, 20 * attempt * (0.5 + Math.random())));
        continue;
      }
      if (code === "42501") {
        throw new Error(
          `The database login may not set up the roles ${ROLES.join(", ")} (${(error as Error).message}): ` +
            "use a login that owns the database and has CREATEROLE, or a superuser.",
          { cause: error },
        );
      }
      throw error;
    }
  }
}

async function makeRoles(client: pg.Client): Promise<void> {
  const found = await client.query<{
    version: number;
    login: string;
    present: string[];
    taken: string[];
    superuser: boolean;
  }>({
    text: `select current_setting('server_version_num')::int as version, current_user as login,
        (select rolsuper from pg_roles where rolname = current_user) as superuser,
        array(select rolname::text from pg_roles where rolname = any ($1)) as present,
        array(select r.rolname::text from pg_auth_members m join pg_roles r on r.oid = m.roleid
          where r.rolname = any ($1) and m.member = current_user::regrole
            and (current_setting('server_version_num')::int < 160000 or to_jsonb(m) ->> 'set_option' = 'true')) as taken`,
    values: [ROLES],
  });
  const { version, login, superuser, present, taken } = found.rows[0]!;
  const name = client.escapeIdentifier(login);

  for (const role of ROLES) {
    if (!present.includes(role)) await client.query(`create role ${role} nologin`);
  }
  for (const role of TAKEN_ON) {
    if (superuser || taken.includes(role)) continue;
    // Without INHERIT a forgotten SET LOCAL ROLE has no rights at all; PostgreSQL 15 can't say so.
    await client.query(`grant ${role} to ${name}${version >= 160000 ? " with inherit false, set true" : ""}`);
  }

  const database = await client.query<{ name: string; ready: boolean }>(
    `select current_database() as name,
       has_database_privilege('twin_owner', current_database(), 'create')
       and has_database_privilege('twin_reader', current_database(), 'temporary')
       and has_schema_privilege('twin_owner', 'public', 'create')
       and has_schema_privilege('twin_reader', 'public', 'create') as ready`,
  );
  if (database.rows[0]!.ready) return;
  await client.query(`
    grant create, temporary on database ${client.escapeIdentifier(database.rows[0]!.name)} to twin_owner;
    grant temporary on database ${client.escapeIdentifier(database.rows[0]!.name)} to twin_reader;
    grant usage, create on schema public to twin_owner, twin_reader;
  `);
}
