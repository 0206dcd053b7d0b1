import { serviceOf } from "@twin/db/access/keys";
import { memberOf } from "@twin/db/access/viewer";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { DomainError } from "@twin/db/tenancy/errors";
import { type Http, tokenOf } from "./request.ts";

/**
 * The actor of a request: by the API key in Authorization, else by the session cookie. A wrong key is refused even where a
 * cookie is sent with it.
 * @throws UNAUTHORIZED
 */
export async function actorOf(db: Database, c: Http): Promise<Actor> {
  const { ip } = c.get("origin");
  const request = { request_id: c.get("request_id"), ...(ip !== undefined && { ip }) };
  const authorization = c.req.header("authorization");
  if (authorization !== undefined) {
    const [, key] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    if (!key) throw new DomainError("UNAUTHORIZED", "Authorization must be: Bearer <API key>");
    return serviceOf(db, key, request, new Date());
  }
  const token = tokenOf(c);
  if (!token) throw new DomainError("UNAUTHORIZED", "sign in, or send an API key as Authorization: Bearer <key>");
  const member = await memberOf(db, token, request);
  if (!member) throw new DomainError("UNAUTHORIZED", "the session has ended: sign in again");
  return member;
}
