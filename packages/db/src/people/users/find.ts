import type { UserState } from "@twin/contracts/users";
import { sql } from "drizzle-orm";
import { only, statement } from "../../postgres/statement.ts";
import type { Database } from "../../postgres/connect.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { addressKey } from "../address-key.ts";

/** A person as stored. */
export type UserRow = {
  id: string;
  n: number;
  email: string;
  full_name: string;
  company: string | null;
  department: string | null;
  timezone: string;
  created_at: string;
  last_active_at: string | null;
  first_day: string | null;
  deleted_at: string | null;
  state: Exclude<UserState, "erased">;
};

/** Whether an actor answers requests of people; a job of ours may. */
export const mayErase = (actor: Actor): boolean =>
  actor.kind === "system" || actor.permissions.includes("people.erase");

const storedUser = statement(
  "people.stored_user",
  { org_id: "int", id: "uuid" },
  {
    id: "uuid",
    n: "int",
    email: "text",
    full_name: "text",
    company: "text?",
    department: "text?",
    timezone: "text",
    created_at: "timestamptz",
    last_active_at: "timestamptz?",
    first_day: "date?",
    deleted_at: "timestamptz?",
    state: only<UserRow["state"]>("text"),
  },
  (p) => sql`
    select u.id, u.n, u.email, u.full_name, u.company, u.department, u.timezone, u.created_at, u.last_active_at,
      u.first_day, u.deleted_at,
      case when u.deleted_at is null then 'here' when exists (
        select from erasures e where e.org_id = ${p.org_id} and e.user_id = u.id and e.status = 'erasing'
      ) then 'erasing' else 'leaving' end as state
    from users u where u.org_id = ${p.org_id} and u.id = ${p.id}`,
);

/** A person by id, deleted or not, as long as there is a row. */
export async function readUser(tx: Tx, id: string): Promise<UserRow | undefined> {
  const [row] = await tx.query(storedUser({ org_id: tx.org_id, id }));
  return row;
}

/** A person whom the actor may see; deleted ones only for actors who may undo it. @throws NOT_FOUND */
export async function seeUser(tx: Tx, actor: Actor, id: string): Promise<UserRow> {
  const user = await readUser(tx, id);
  if (!user || (user.deleted_at !== null && !mayErase(actor)))
    throw new DomainError("NOT_FOUND", "there is no such person", { path: "user_id" });
  return user;
}

const personOfAddress = statement(
  "people.person_of_address",
  { org_id: "int", email_key: "text" },
  { id: "uuid" },
  (p) => sql`
    select id from users where org_id = ${p.org_id} and email_key = ${p.email_key}`,
  { plan: "each" },
);

/** The id of whoever has an address, deleted or not; null: nobody has it. */
export function findByAddress(db: Database, actor: Actor, email: string): Promise<string | null> {
  return inTenant(db, actor, async (tx) => {
    const [person] = await tx.query(personOfAddress({ org_id: tx.org_id, email_key: addressKey(email) }));
    return person?.id ?? null;
  });
}
