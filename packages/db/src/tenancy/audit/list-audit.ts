import { type AuditPage, type AuditRow, type AuditState, type ListAuditInput } from "@twin/contracts/audit";
import { sql } from "drizzle-orm";
import { networkText } from "../../postgres/network.ts";
import type { Database } from "../../postgres/connect.ts";
import { only, statement } from "../../postgres/statement.ts";
import { type Actor, inAuth, inTenant } from "../actor.ts";

// `+ 0` has the bounds of days found among the rows of these days, and not by walking through all until one is met.
const rowsOf = statement(
  "tenancy.audit_rows",
  {
    org_id: "int",
    actor: "text?",
    action: "text[]?",
    object: "text?",
    start_date: "date?",
    end_date: "date?",
    before: "bigint?",
    after: "bigint?",
    limit: "int",
  },
  {
    id: "bigint",
    at: "timestamptz",
    actor_kind: only<AuditRow["actor_kind"]>("text"),
    actor_id: "text",
    actor_name: "text",
    action: "text",
    object_type: "text?",
    object_id: "text?",
    object_name: "text?",
    reason: "text?",
    request_id: "text?",
    network: "text?",
    details: only<Record<string, unknown>>("jsonb"),
    sealed: "boolean",
  },
  (p) => sql`
    with days as materialized (
      select start_of(${p.start_date}, day_rule_of(o)) as lo, start_of(${p.end_date} + 1, day_rule_of(o)) as hi
      from organizations o where o.id = ${p.org_id}
    ),
    reach as materialized (
      select min(a.id + 0) as least, max(a.id + 0) as most from audit_log a
      where (${p.start_date} is not null or ${p.end_date} is not null) and a.org_id = ${p.org_id}
        and a.at >= coalesce((select lo from days), '-infinity') and a.at < coalesce((select hi from days), 'infinity')
    ),
    found as (
      select a.* from audit_log a
      where a.org_id = ${p.org_id}
        and (${p.actor} is null or a.actor_id = ${p.actor})
        and (${p.action} is null or a.action = any (${p.action}))
        and (${p.object} is null or a.object_id = ${p.object})
        and (${p.start_date} is null or a.at >= (select lo from days))
        and (${p.end_date} is null or a.at < (select hi from days))
        and (${p.start_date} is null and ${p.end_date} is null or a.id between (select least from reach) and (select most from reach))
        and (${p.before} is null or a.id < ${p.before})
        and (${p.after} is null or a.id > ${p.after})
      order by case when ${p.after} is null then a.id end desc, case when ${p.after} is not null then a.id end limit ${p.limit}
    )
    select f.id, f.at, f.actor_kind, f.actor_id, f.actor_name, f.action, f.object_type, f.object_id,
      case f.object_type
        when 'user' then (select u.full_name from users u where u.org_id = f.org_id and u.id::text = f.object_id)
        when 'twin' then (select t.name from twins t where t.org_id = f.org_id and t.id::text = f.object_id)
      end as object_name,
      f.reason, f.request_id, ${networkText(sql`f.ip`)} as network, f.details,
      f.id <= coalesce((select max(upto_id) from audit_seals s where s.org_id = f.org_id), 0) as sealed
    from found f order by f.id desc`,
  { plan: "each" },
);

const membersNamed = statement(
  "tenancy.names_of_members",
  { org_id: "int", ids: "text[]" },
  { id: "text", full_name: "text" },
  (p) => sql`
    select a.id::text as id, a.full_name from auth.memberships m join auth.accounts a on a.id = m.account_id
    where m.org_id = ${p.org_id} and a.id::text = any (${p.ids})`,
  { plan: "each" },
);

/** What was done, newest first, one page. Accounts are named where they are members here. */
export async function listAudit(db: Database, actor: Actor, input: ListAuditInput): Promise<AuditPage> {
  const page = await readPage(db, actor, input);
  const ids = page.rows.flatMap(({ object_type, object_id }) =>
    object_type === "account" && object_id ? object_id : [],
  );
  if (ids.length === 0) return page;
  const members = await inAuth(db, (tx) => tx.query(membersNamed({ org_id: actor.org_id, ids })));
  const names = new Map(members.map(({ id, full_name }) => [id, full_name]));
  return {
    ...page,
    rows: page.rows.map((row) => ({ ...row, object_name: row.object_name ?? names.get(row.object_id ?? "") ?? null })),
  };
}

const readPage = (db: Database, actor: Actor, input: ListAuditInput): Promise<AuditPage> =>
  inTenant(db, actor, async (tx) => {
    const { actor: who = null, object = null, start_date = null, end_date = null, before = null, after = null } = input;
    const action = input.action?.length ? input.action : null;
    const asked = { org_id: tx.org_id, actor: who, action, object, start_date, end_date, before, after };
    const found = await tx.query(rowsOf({ ...asked, limit: input.limit + 1 }));
    const more = found.length > input.limit;
    // Towards newer rows the one too many is the newest.
    const rows = more ? (after === null ? found.slice(0, -1) : found.slice(1)) : found;
    const [first, last] = [rows[0]?.id ?? null, rows.at(-1)?.id ?? null];
    return {
      rows,
      older: after === null ? (more ? last : null) : (last ?? after + 1),
      newer: after === null ? (before === null ? null : (first ?? before - 1)) : more ? first : null,
    };
  });

const stateOf = statement(
  "tenancy.state_of_audit",
  { org_id: "int" },
  {
    rows: "bigint",
    first_at: "timestamptz?",
    seals: "bigint",
    sealed_rows: "bigint",
    sealed_at: "timestamptz?",
  },
  (p) => sql`
    select coalesce(sum(row_count), 0)::bigint + (
        select count(*) from audit_log where org_id = ${p.org_id} and id > coalesce(max(s.upto_id), 0)
      ) as rows,
      (select at from audit_log where org_id = ${p.org_id} order by id limit 1) as first_at,
      count(*) as seals, coalesce(sum(row_count), 0)::bigint as sealed_rows, max(at) as sealed_at
    from audit_seals s where org_id = ${p.org_id}`,
);

const newestCheck = statement(
  "tenancy.newest_audit_check",
  { org_id: "int" },
  { at: "timestamptz", rows: "bigint", seals: "bigint", problem: "text?" },
  (p) => sql`
    select at, rows, seals, problem from audit_checks where org_id = ${p.org_id} order by at desc limit 1`,
);

const actorsShown = 200;

// From one to the next by the index: who did much is read no longer than who did little.
const actorsOf = statement(
  "tenancy.actors_of_audit",
  { org_id: "int", limit: "int" },
  { id: "text", name: "text" },
  (p) => sql`
    with recursive who as (
      (select actor_id from audit_log where org_id = ${p.org_id} order by actor_id limit 1)
      union all
      select (select a.actor_id from audit_log a where a.org_id = ${p.org_id} and a.actor_id > w.actor_id order by a.actor_id limit 1)
      from who w where w.actor_id is not null
    )
    select w.actor_id as id, n.actor_name as name
    from (select actor_id from who where actor_id is not null limit ${p.limit}) w
    cross join lateral (
      select a.actor_name from audit_log a where a.org_id = ${p.org_id} and a.actor_id = w.actor_id order by a.id desc limit 1
    ) n
    order by n.actor_name, w.actor_id`,
);

/** How much was written down, how much of it is sealed, how the last verification ended, and by what rows are looked up. */
export const readAuditState = (db: Database, actor: Actor): Promise<AuditState> =>
  inTenant(db, actor, async (tx) => {
    const { org_id } = tx;
    const [state] = await tx.query(stateOf({ org_id }));
    const [check] = await tx.query(newestCheck({ org_id }));
    const actors = await tx.query(actorsOf({ org_id, limit: actorsShown }));
    return { ...state!, check: check ?? null, actors };
  });
