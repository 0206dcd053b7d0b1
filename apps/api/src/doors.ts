import type { Actor } from "@twin/db/tenancy/actor";
import { DomainError } from "@twin/db/tenancy/errors";
import { networkOf } from "@twin/db/access/address";
import { Budget, Places } from "./budget.ts";
import { RequestsFull } from "./errors.ts";
import type { Http } from "./request.ts";

/** Bytes of bodies in flight in one process. */
const budgetBytes = 64_000_000;
/** Requests at work at one time from one address that nobody is known by. */
const anonymous = 20;

/** Whose requests count together: a network of IPv6 is one household, an address of IPv4 another. */
const neighbourhoodOf = (ip: string | undefined): string => (ip === undefined ? "unknown" : networkOf(ip));

/** At most so many requests at one time of an address that nobody is known by. */
export const anonymousPlaces = (): Places => new Places(anonymous);

/** @throws HttpProblem TOO_MANY_REQUESTS where the address has all its requests at work */
export function takePlace(places: Places, ip: string | undefined): () => void {
  const leave = places.take(neighbourhoodOf(ip));
  if (!leave) throw new RequestsFull(anonymous);
  return leave;
}

/**
 * What every request of the API goes through first: who is known by a session or key has their share of the budget in
 * the name of their organisation; of the others an address has a few at one time, whatever they carry.
 */
export function makeDoors() {
  const budget = new Budget(budgetBytes);
  const places = anonymousPlaces();
  return async (c: Http, known: Promise<Actor> | null, next: () => Promise<void>): Promise<void> => {
    const actor = (await known?.catch(whyNot)) ?? null;
    const { ip } = c.get("origin");
    const leave = actor ? () => {} : takePlace(places, ip);
    const share = budget.open(actor ? `organisation ${actor.org_id}` : neighbourhoodOf(ip));
    c.set("share", share);
    try {
      await next();
    } finally {
      share.end();
      leave();
    }
  };
}

/** Null for a session or key that is none. Where nobody can tell, because the database is away, nobody is blamed. */
const whyNot = (error: unknown): { org_id: number } | null =>
  error instanceof DomainError && error.code === "UNAUTHORIZED" ? null : { org_id: 0 };
