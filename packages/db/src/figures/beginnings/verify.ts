import type { Tx } from "../../tenancy/actor.ts";
import { firstOfPerson, firstOfSpell } from "./store.ts";
import { compare, type Difference, type Scope } from "../compare.ts";

const epoch = "timestamptz 'epoch'";
/** Whether the day on which a row should begin is marked to be recomputed, for anyone. */
const beginningWaits = (at: string, rule: string) =>
  `exists (select from ops.dirty_log l where l.org_id = $1 and l.day = day_of((b.fresh->>'${at}')::timestamptz, ${rule}))`;

/**
 * Compares the beginnings of people who were sent without one: the earlier of the stored one and the one that raw rows
 * show, because raw rows may be purged.
 */
export function comparePeoplesBeginnings(tx: Tx, ns: readonly number[], { day_rule }: Scope): Promise<Difference[]> {
  return compare(tx, {
    table: "users",
    with: `undated as materialized (
        select u.n, u.created_at, u.created_at_source, ${firstOfPerson("u", epoch)} as first_at
        from users u where u.org_id = $1 and u.n = any ($2) and u.created_at_source <> 'sent'
      )`,
    stored: "select n, created_at, created_at_source from undated",
    fresh: `select n, case created_at_source when 'derived' then least(created_at, first_at) else coalesce(first_at, created_at) end as created_at,
        case when first_at is null then created_at_source else 'derived' end as created_at_source from undated`,
    key: ["n"],
    columns: ["created_at", "created_at_source"],
    waits: beginningWaits("created_at", "$3"),
    values: [tx.org_id, ns, day_rule],
  });
}

/** The same for installations. */
export function compareSpellsBeginnings(tx: Tx, { day_rule }: Scope): Promise<Difference[]> {
  return compare(tx, {
    table: "twin_installations",
    with: `undated as materialized (
        select i.id, i.installed_at, ${firstOfSpell("i", epoch)} as first_at
        from twin_installations i where i.org_id = $1 and not i.installed_at_known
      )`,
    stored: "select id, installed_at from undated",
    fresh: "select id, least(installed_at, first_at) as installed_at from undated",
    key: ["id"],
    columns: ["installed_at"],
    waits: `${beginningWaits("installed_at", "$2")} or exists (select from ops.dirty_log l where l.org_id = $1 and l.n is null)`,
    values: [tx.org_id, day_rule],
  });
}
