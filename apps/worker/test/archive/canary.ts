import { inTenant } from "@twin/db/tenancy/actor";
import type { Archive } from "@twin/db/archives/files";
import { readPart } from "@twin/db/archives/read-part";
import type { Database } from "@twin/db/postgres/connect";
import type { DataKey } from "@twin/db/tenancy/encryption/data-keys";
import { readings } from "@twin/db/test/canary";
import { wholeRows } from "./history.ts";
import { systemOf } from "@twin/db/test/actors";

/** Everything in an organisation's archives as text: every value of every row, and whatever one of the keys makes of it. */
export async function archivedText(
  db: Database,
  archive: Archive,
  org_id: number,
  keys: readonly DataKey[],
): Promise<string> {
  const parts = await inTenant(db, systemOf(org_id), (tx) =>
    tx.query<{ month: string; seq: number; manifest_sha256: string }>({
      text: "select month, seq, manifest_sha256 from archive_parts where org_id = $1 and status = 'purged'",
      values: [org_id],
    }),
  );
  const found: string[] = [];
  for (const part of parts) {
    for await (const batch of readPart(archive, org_id, part)) {
      for (const [table, all] of await wholeRows(batch)) {
        for (const row of all) {
          for (const [column, value] of Object.entries(row)) {
            const id = String(row[table.order.at(-1)!]);
            const texts = Buffer.isBuffer(value)
              ? peeled(keys, [table.name, column, org_id, id], value)
              : [String(value)];
            found.push(...texts.map((text) => `${part.month} ${table.name}.${column}: ${text}`));
          }
        }
      }
    }
  }
  return found.join("\n");
}

/** As each key opens it, and as each opens what lies below. */
function peeled(keys: readonly DataKey[], place: [string, string, number, string], value: Buffer): string[] {
  const [, ...opened] = readings(keys, place, value, "latin1");
  return [
    ...readings(keys, place, value),
    ...opened.flatMap((inner) => peeled(keys, place, Buffer.from(inner, "latin1"))),
  ];
}
