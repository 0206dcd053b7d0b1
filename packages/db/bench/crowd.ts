import { createOrganization } from "../src/access/create-organization.ts";
import { createKey } from "../src/access/keys.ts";
import type { Database } from "../src/postgres/connect.ts";
import { recordBatch } from "../src/records/ingest/record-batch.ts";
import type { Actor } from "../src/tenancy/actor.ts";
import { systemOf } from "./load/fill.ts";

export type Crowd = { org_id: number; people: number; key: string };

const source = "bench";
const batch = 5_000;
const daysAgo = (days: number, now: Date) => new Date(now.getTime() - days * 86_400_000).toISOString();

/** A new organisation with people u1, u2 … and a twin each, t1, t2 …, and a key that sends records of them. */
export async function makeCrowd(db: Database, slug: string, people: number, now: Date): Promise<Crowd> {
  const { org_id } = await createOrganization(db, { slug, name: slug, time_zone: "UTC" });
  const service: Actor = {
    kind: "service",
    org_id,
    key_id: "bench",
    name: "bench",
    source,
    permissions: ["ingest.write"],
    request_id: "bench",
  };
  const created_at = daysAgo(30, now);
  const send = async (recordOf: (n: number) => object) => {
    for (let first = 1; first <= people; first += batch) {
      const length = Math.min(batch, people - first + 1);
      const records = Array.from({ length }, (_, i) => recordOf(first + i));
      const { rejected } = await recordBatch(db, service, { records }, { now });
      if (rejected.length > 0) throw new Error(JSON.stringify(rejected[0]));
    }
  };
  await send((n) => ({
    type: "user",
    external_id: `u${n}`,
    email: `user${n}@${slug}.example`,
    full_name: `User ${n}`,
    created_at,
  }));
  await send((n) => ({
    type: "twin",
    external_id: `t${n}`,
    user: `u${n}`,
    name: `Twin ${n}`,
    is_shared: n <= people / 20,
    created_at,
  }));
  const { key } = await createKey(db, systemOf(org_id), { name: "bench", source, scopes: ["ingest.write"] }, now);
  return { org_id, people, key };
}
