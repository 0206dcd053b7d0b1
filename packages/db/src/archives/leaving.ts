import type { DataKey } from "../encryption/data-keys.ts";
import { aadOf, open, seal } from "../encryption/cipher.ts";
import type { PlainRow } from "./live-rows.ts";
import type { ArchivedTable, Row } from "./shape.ts";

/**
 * Whose key a row's words leave the database under: a message's author, else the user of the activity that it hangs on
 * (who is also the author of a twin's message in the table).
 */
const keyHolder = (table: ArchivedTable, row: Row, owners: ReadonlyMap<string, string>): string | undefined =>
  (table.name === "messages" ? (row["user_id"] as string | null) : null) ?? owners.get(row[table.key] as string);

const placeOf = (table: ArchivedTable, column: string, org_id: number, row: Row): string =>
  aadOf(table.name, column, org_id, row[table.order.at(-1)!] as string);

/** Rows as they leave the database: words encrypted. @param owners activity -> its user */
export function sealRows(
  org_id: number,
  table: ArchivedTable,
  rows: readonly PlainRow[],
  owners: ReadonlyMap<string, string>,
  keys: ReadonlyMap<string, DataKey>,
): Row[] {
  const sealed = table.columns.filter((column) => column.sealed);
  return rows.map((row) => {
    const out: Row = { ...row };
    for (const { name } of sealed) {
      const plain = row[name];
      if (typeof plain !== "string") continue;
      const holder = keyHolder(table, row, owners);
      const key = holder === undefined ? undefined : keys.get(holder);
      if (!key) throw new Error(`no key to archive ${table.name} of ${String(row[table.key])} under`);
      out[name] = seal(key.key, key.version, placeOf(table, name, org_id, row), Buffer.from(plain, "utf8"));
    }
    return out;
  });
}

/** The opposite of `sealRows`; what is under a key that was destroyed is null. @throws where a value was tampered with */
export function openRows(
  org_id: number,
  table: ArchivedTable,
  rows: readonly Row[],
  owners: ReadonlyMap<string, string>,
  keys: ReadonlyMap<string, DataKey>,
): PlainRow[] {
  const sealed = table.columns.filter((column) => column.sealed);
  return rows.map((row) => {
    const out: PlainRow = { ...row };
    for (const { name } of sealed) {
      const value = row[name];
      if (!Buffer.isBuffer(value)) continue;
      const holder = keyHolder(table, row, owners);
      const key = holder === undefined ? undefined : keys.get(holder);
      out[name] = key ? open(key.key, placeOf(table, name, org_id, row), value).toString("utf8") : null;
    }
    return out;
  });
}

/** Everyone under whose key something of these rows may be. */
export const keyHolders = (owners: ReadonlyMap<string, string>, messages: readonly Row[]): Set<string> =>
  new Set([...owners.values(), ...messages.flatMap(({ user_id }) => (typeof user_id === "string" ? [user_id] : []))]);
