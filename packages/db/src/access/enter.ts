import type { Tx } from "../tenancy/actor.ts";
import { recordAuditAs } from "../tenancy/audit/record.ts";
import { DomainError } from "../tenancy/errors.ts";
import { beginLogin, type Origin } from "./logins.ts";
import { type Member, readMember } from "./viewer.ts";

/** Where a sign-in comes from, and by which request. */
export type Entrance = Origin & { request_id: string };

/**
 * The member that an account is in an organisation, for a request.
 * @throws FORBIDDEN where it belongs to no organisation
 */
export async function entrantOf(tx: Tx, account_id: string, org_id: number, entrance: Entrance): Promise<Member> {
  const { request_id, ip } = entrance;
  const member = await readMember(tx, { account_id, org_id }, { request_id, ...(ip !== undefined && { ip }) });
  if (!member) throw new DomainError("FORBIDDEN", "this account belongs to no organisation: ask an owner to add it");
  return member;
}

/** Begins a session and writes an audit row. @returns its token, which can't be read again */
export async function enter(tx: Tx, account_id: string, org_id: number, entrance: Entrance): Promise<string> {
  const token = await beginLogin(tx, account_id, org_id, entrance);
  const member = await entrantOf(tx, account_id, org_id, entrance);
  await recordAuditAs(tx, member, { action: "session.begin", object_type: "account", object_id: account_id });
  return token;
}
