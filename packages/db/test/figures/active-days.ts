import type { Actor } from "../../src/tenancy/actor.ts";
import type { Database } from "../../src/postgres/connect.ts";
import { rollupOrganization } from "../../src/figures/rollup.ts";
import { makeSender, type Sender } from "../ingesting.ts";
import { systemOf } from "../actors.ts";

/** Someone of an organisation who may read figures, but nobody's address. */
export const readerOf = (
  org_id: number,
  permissions = ["metrics.read", "activities.read", "titles.read"] as const,
): Actor => ({
  kind: "service",
  org_id,
  key_id: "test",
  name: "test",
  source: "import",
  permissions,
  request_id: "test",
});

/** The instants at which each person began a session. */
export type SessionStarts = Record<string, readonly string[]>;

/**
 * An organisation in which people were active at some instants and at no others: sessions sent as records, brought into
 * figures. A day alone stands for its noon in UTC.
 */
export async function makeActive(
  db: Database,
  starts: SessionStarts,
  { zone = "UTC", now }: { zone?: string; now: Date },
): Promise<Sender & { reader: Actor }> {
  const sender = await makeSender(db, zone);
  const at = (start: string) => (start.length === 10 ? `${start}T12:00:00.000Z` : start);
  const records = Object.entries(starts).flatMap(([name, all]) => [
    {
      type: "user",
      external_id: name,
      email: `${name}@people.example`,
      full_name: name,
      created_at: all.map(at).sort()[0] ?? now.toISOString(),
    },
    ...all.map((start, index) => ({
      type: "session",
      external_id: `${name}-${index}`,
      user: name,
      platform: "web",
      started_at: at(start),
      ended_at: new Date(Date.parse(at(start)) + 60_000).toISOString(),
    })),
  ]);
  for (let first = 0; first < records.length; first += 5_000) {
    const { rejected } = await sender.send(records.slice(first, first + 5_000), { now });
    if (rejected.length > 0) throw new Error(JSON.stringify(rejected[0]));
  }
  const system = systemOf(sender.org_id);
  await rollupOrganization(db, system, { now });
  return { ...sender, reader: readerOf(sender.org_id) };
}
