import type { SignInState } from "@twin/contracts/access";
import type { Database } from "../postgres/connect.ts";
import type { Actor } from "../tenancy/actor.ts";
import { addMember } from "./accounts.ts";

/** The logins of the demonstration. They are shown on its sign-in page and printed at its start, so they protect nothing. */
export const demoLogins: SignInState["demo"] = [
  { email: "owner@acme.example", password: "demo-owner-2026", role: "owner" },
  { email: "analyst@acme.example", password: "demo-analyst-2026", role: "analyst" },
  { email: "viewer@acme.example", password: "demo-viewer-2026", role: "viewer" },
];

/** What a demonstration is called, and by whose days its story goes. */
export const demoOrganization = { name: "Acme Corp", time_zone: "Europe/Berlin" } as const;

const names: Partial<Record<string, string>> = {
  owner: "Priya Raghunathan",
  analyst: "André Lindqvist",
  viewer: "Vera Okonkwo",
};

/** Makes the demonstration's sign-ins members of its organisation, the actor's; a second time it changes nothing. */
export async function addDemoMembers(db: Database, actor: Actor): Promise<void> {
  for (const { email, password, role } of demoLogins) {
    await addMember(db, actor, { email, password, role, full_name: names[role] ?? role, is_demo: true });
  }
}
