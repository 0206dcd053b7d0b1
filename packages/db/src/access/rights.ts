import { readsByName, type Role } from "@twin/contracts/vocabulary";
import type { Actor } from "../tenancy/actor.ts";
import { DomainError } from "../tenancy/errors.ts";

/** Owners are appointed, changed and removed by owners alone. @throws FORBIDDEN */
export function checkMayAppoint(actor: Actor, role: Role): void {
  if (actor.kind === "system" || role !== "owner" || actor.permissions.includes("organization.own")) return;
  throw new DomainError("FORBIDDEN", "only an owner appoints, changes or removes owners", { path: "role" });
}

/** @throws BAD_REQUEST where a role can't be granted to read by name */
export function checkGrants(role: Role, granted: { content_read: boolean; titles_read: boolean }): void {
  for (const path of ["content_read", "titles_read"] as const)
    if (granted[path] && !readsByName.includes(role))
      throw new DomainError(
        "BAD_REQUEST",
        `this is granted by name to ${readsByName.join(" and ")} only: the other roles have it or never get it`,
        { path },
      );
}
