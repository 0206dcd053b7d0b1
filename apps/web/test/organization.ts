import { setTimeout as sleep } from "node:timers/promises";
import { addMember } from "@twin/db/access/accounts";
import { createKey } from "@twin/db/access/keys";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { createOrganization } from "@twin/db/access/create-organization";
import { baseUrl } from "./browser.ts";
import { systemOf } from "@twin/db/test/actors";

export type Made = { org_id: number; actor: Actor; email: string; password: string };

/** An organisation of the running stack, with its owner, that holds what a sender sent to it. */
export async function makeOrganization(
  db: Database,
  { slug, name, time_zone = "UTC" }: { slug: string; name: string; time_zone?: string },
  records: readonly unknown[],
): Promise<Made> {
  const [email, password] = [`owner@${slug}.example`, `a-password-of-${slug}`];
  const { org_id } = await createOrganization(db, { slug, name, time_zone });
  const actor: Actor = systemOf(org_id);
  await addMember(db, actor, { email, password, role: "owner" });
  if (records.length === 0) return { org_id, actor, email, password };
  const { key } = await createKey(db, actor, { name: "test", source: "test", scopes: ["ingest.write"] }, new Date());
  const sent = await fetch(`${baseUrl()}/api/ingest`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ records }),
  });
  const { rejected } = (await sent.json()) as { rejected: unknown[] };
  if (!sent.ok || rejected.length) throw new Error(`Records of ${name} were refused: ${JSON.stringify(rejected)}`);
  return { org_id, actor, email, password };
}

/** Waits for what the stack does by itself. @throws Error after a minute */
export async function until(what: string, is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await is()) return;
    await sleep(200);
  }
  throw new Error(`It was not ${what} within a minute.`);
}
