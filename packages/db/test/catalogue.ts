import type pg from "pg";

/** Schemas of ours; the queue's belongs to its package. */
const SCHEMAS =
  "('public'::regnamespace, 'restored'::regnamespace, 'auth'::regnamespace, 'ops'::regnamespace, 'ai_twin_analytics'::regnamespace)";

/** Relations of ours: no partitions, which follow their parents, nothing that an extension brought, no identity's sequence. */
const RELATIONS = `
  select c.oid, c.oid::regclass::text as name, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity
  from pg_class c
  where c.relnamespace in ${SCHEMAS} and not c.relispartition
    and not exists (select from pg_depend d where d.objid = c.oid and (d.deptype = 'e' or d.deptype = 'i' and c.relkind = 'S'))`;

const ACL = (acl: string, owner: string) => `
  array(select privileges || ' to ' || grantee from (
    select string_agg(lower(a.privilege_type), ', ' order by a.privilege_type) as privileges,
      case a.grantee when 0 then 'public' else a.grantee::regrole::text end as grantee
    from aclexplode(${acl}) a where a.grantee <> ${owner} group by a.grantee) g order by grantee)`;

type Relation = {
  name: string;
  relkind: "r" | "p" | "v" | "m" | "S";
  owner: string;
  secured: boolean;
  partitioned: string | null;
  options: string | null;
  columns: string[];
  constraints: string[];
  indexes: string[];
  triggers: string[];
  policies: string[];
  grants: string[];
  definition: string | null;
};

/**
 * The catalogue as SQL to be read, not run: what the migrations add up to, in alphabetical order.
 * Reads the same on every supported version of PostgreSQL, but for the text of views before 16.
 */
export async function readCatalogue(db: Pick<pg.Pool, "query">): Promise<string> {
  const extensions = await db.query<{ name: string }>(
    "select extname as name from pg_extension where extname <> 'plpgsql' order by 1",
  );
  const relations = await db.query<Relation>(`
    select r.name, r.relkind, r.relowner::regrole::text as owner, r.relrowsecurity and r.relforcerowsecurity as secured,
      case when r.relkind = 'p' then pg_get_partkeydef(r.oid) end as partitioned,
      (select array_to_string(reloptions, ', ') from pg_class where oid = r.oid) as options,
      array(select a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
          || case when a.attnotnull then ' not null' else '' end
          || case when a.attidentity = 'a' then ' generated always as identity' else '' end
          || case when a.attgenerated = 's' then ' generated always as ' || pg_get_expr(d.adbin, d.adrelid) || ' stored'
            when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end
        from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped and r.relkind <> 'S' order by a.attnum) as columns,
      array(select pg_get_constraintdef(k.oid) from pg_constraint k
        where k.conrelid = r.oid and k.contype in ('p', 'u', 'f', 'c') order by strpos('pufc', k.contype::text), 1) as constraints,
      array(select replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') from pg_index i
        where i.indrelid = r.oid and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))
        order by 1)
      || array(select pg_get_statisticsobjdef(s.oid) from pg_statistic_ext s where s.stxrelid = r.oid order by 1) as indexes,
      array(select pg_get_triggerdef(t.oid) from pg_trigger t where t.tgrelid = r.oid and not t.tgisinternal order by 1) as triggers,
      array(select p.polname || case p.polcmd when 'r' then ' for select' else '' end
          || ' to ' || (select string_agg(role::regrole::text, ', ' order by role::regrole::text) from unnest(p.polroles) as role)
          || ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')'
          || coalesce(' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
        from pg_policy p where p.polrelid = r.oid order by 1) as policies,
      ${ACL("r.relacl", "r.relowner")}
      || array(select lower(x.privilege_type) || ' (' || string_agg(a.attname, ', ' order by a.attnum) || ') to ' || x.grantee::regrole
        from pg_attribute a, aclexplode(a.attacl) x where a.attrelid = r.oid group by x.grantee, x.privilege_type order by 1) as grants,
      case when r.relkind in ('v', 'm') then pg_get_viewdef(r.oid) end as definition
    from (${RELATIONS}) r where r.relkind in ('r', 'p', 'v', 'm', 'S') order by r.name`);
  const types = await db.query<{ name: string; columns: string[]; owner: string }>(`
    select t.oid::regtype::text as name, t.typowner::regrole::text as owner,
      array(select a.attname || ' ' || format_type(a.atttypid, a.atttypmod) from pg_attribute a
        where a.attrelid = t.typrelid and not a.attisdropped order by a.attnum) as columns
    from pg_type t join pg_class c on c.oid = t.typrelid and c.relkind = 'c'
    where t.typnamespace in ${SCHEMAS} and not exists (select from pg_depend d where d.objid = t.oid and d.deptype = 'e') order by 1`);
  const routines = await db.query<{ definition: string; owner: string; grants: string[] }>(`
    select pg_get_functiondef(p.oid) as definition, p.proowner::regrole::text as owner,
      ${ACL("coalesce(p.proacl, acldefault('f', p.proowner))", "p.proowner")} as grants
    from pg_proc p
    where p.pronamespace in ${SCHEMAS} and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    order by p.oid::regprocedure::text`);

  const parts = [
    "-- The catalogue after all migrations. Written by the test that keeps it true: `pnpm schema` in packages/db.",
    extensions.rows.map(({ name }) => `create extension "${name}";`).join("\n"),
    ...types.rows.map(({ name, columns, owner }) =>
      [
        `create type ${name} as (${columns.join(", ")});`,
        ...(owner === "twin_owner" ? [] : [`-- owner ${owner}`]),
      ].join("\n"),
    ),
    ...routines.rows.map(({ definition, owner, grants }) =>
      [
        `${definition.trim()};`,
        `-- owner ${owner}${grants.length ? `; execute: ${grants.map((grant) => grant.replace("execute to ", "")).join(", ")}` : ""}`,
      ].join("\n"),
    ),
    ...relations.rows.map(describeRelation),
  ];
  return `${parts.join("\n\n")}\n`;
}

function describeRelation(relation: Relation): string {
  const { name, relkind, owner, columns, constraints } = relation;
  const lines: string[] = [];
  if (relkind === "S") lines.push(`create sequence ${name};`);
  else if (relation.definition !== null) {
    const kind = relkind === "m" ? "materialized view" : "view";
    lines.push(
      `create ${kind} ${name}${relation.options ? ` with (${relation.options})` : ""} as`,
      relation.definition,
    );
  } else {
    const body = [...columns, ...constraints].map((line) => `  ${line}`).join(",\n");
    const tail = [
      relation.partitioned && ` partition by ${relation.partitioned}`,
      relation.options && ` with (${relation.options})`,
    ];
    lines.push(`create table ${name} (\n${body}\n)${tail.filter(Boolean).join("")};`);
  }
  for (const index of relation.indexes) lines.push(`${index};`);
  for (const trigger of relation.triggers) lines.push(`${trigger};`);
  if (relation.secured) lines.push(`alter table ${name} enable row level security, force row level security;`);
  for (const policy of relation.policies) lines.push(`create policy ${policy.replace(/^(\w+)/, `$1 on ${name}`)};`);
  for (const grant of relation.grants) lines.push(`grant ${grant.replace(/ to (\S+)$/, ` on ${name} to $1`)};`);
  if (owner !== "twin_owner") lines.push(`-- owner ${owner}`);
  return lines.join("\n");
}
