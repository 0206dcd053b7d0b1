import type { Actor } from "@twin/db/tenancy/actor";
import { DomainError } from "@twin/db/tenancy/errors";
import { networkOf } from "@twin/db/access/address";
import { Budget, Places } from "./budget.ts";
import { RequestsFull } from "./errors.ts";
import type { Http } from "./request.ts";

/** Bytes of bodies in flight in one process. */
const budgetBytes = 64_000_000;
/** Requests at work at one time from one address without a valid session or key. */
const anonymous = 20;

/** Whose requests count together: a network of IPv6, which is one household, or an address of IPv4. */
const neighbourhoodOf = (ip: string | undefined): string => (ip === undefined ? "unknown" : networkOf(ip));

/** At most so many requests at one time from an address without a valid session or key. */
export const anonymousPlaces = (): Places => new Places(anonymous);

/** @throws HttpProblem TOO_MANY_REQUESTS where the address has as many requests at work as it may */
export function takePlace(places: Places, ip: string | undefined): () => void {
  const leave = places.take(neighbourhoodOf(ip));
  if (!leave) throw new RequestsFull(anonymous);
  return leave;
}

/**
 * The first step of every request of the API. Callers with a valid session or key get a share of the budget in the name of
 * their organisation; the address of all others may have a few requests at one time, whatever these carry.
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

/**
 * The organisation of a session or key; null for an invalid one. Where the database is unreachable nobody is refused for
 * it.
 */
const whyNot = (error: unknown): { org_id: number } | null =>
  error instanceof DomainError && error.code === "UNAUTHORIZED" ? null : { org_id: 0 };
