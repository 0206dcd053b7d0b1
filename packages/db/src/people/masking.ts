import type { Actor } from "../tenancy/actor.ts";

/** Whether an actor may see addresses; a job of ours may. */
export const seesPeople = (actor: Actor): boolean =>
  actor.kind === "system" || actor.permissions.includes("people.read");

/** Whether an actor may see who people are. */
export const seesNames = (actor: Actor): boolean =>
  actor.kind === "system" || actor.permissions.includes("activities.read");

/** An address for those who may not see it: its first letter and its domain. */
export const maskEmail = (email: string): string => email.replace(/^(.)[^@]*/u, "$1•••");

/** An address as an actor may see it. */
export const emailFor = (actor: Actor, email: string | null): string | null =>
  email === null || seesPeople(actor) ? email : maskEmail(email);

export type PersonColumns = { id: string; full_name: string; email: string; department: string | null };

/** A person as an actor may see one; null for somebody deleted. */
export const personFor = (actor: Actor, person: PersonColumns | null) =>
  person && {
    id: person.id,
    name: person.full_name,
    email: emailFor(actor, person.email),
    department: person.department,
  };
