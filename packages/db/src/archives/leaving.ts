import type { DataKey } from "../tenancy/encryption/data-keys.ts";
import { aadOf, open, seal } from "../tenancy/encryption/cipher.ts";
import type { PlainRow } from "./live-rows.ts";
import type { ArchivedTable, TableRow } from "./shape.ts";

/**
 * Under whose key a row's words are encrypted in the archive: a message's author, else the user of the activity that it
 * belongs to (who is also the author of a twin's message in the table).
 */
const keyHolder = (table: ArchivedTable, row: TableRow, owners: ReadonlyMap<string, string>): string | undefined =>
  (table.name === "messages" ? (row["user_id"] as string | null) : null) ?? owners.get(row[table.key] as string);

const placeOf = (table: ArchivedTable, column: string, org_id: number, row: TableRow): string =>
  aadOf(table.name, column, org_id, row[table.order.at(-1)!] as string);

/** Whose words a conversation's summary may hold, besides the activity's user, under whose key it is encrypted. */
const summaryAuthors = (row: TableRow): string[] =>
  String(row["summary_author_ids"] ?? "").match(/[0-9a-f-]{36}/g) ?? [];

/**
 * Rows as they are archived: words encrypted. A text with words of several people is encrypted under each of their keys,
 * one over the other, so that nobody can read it once one of these keys is destroyed.
 * @param owners activity -> its user
 */
export function sealRows(
  org_id: number,
  table: ArchivedTable,
  rows: readonly PlainRow[],
  owners: ReadonlyMap<string, string>,
  keys: ReadonlyMap<string, DataKey>,
): TableRow[] {
  const sealed = table.columns.filter((column) => column.sealed);
  return rows.map((row) => {
    const out: TableRow = { ...row };
    const keyOf = (holder: string | undefined): DataKey => {
      const key = holder === undefined ? undefined : keys.get(holder);
      if (!key) throw new Error(`no key to archive ${table.name} of ${String(row[table.key])} under`);
      return key;
    };
    for (const { name, sealed: how } of sealed) {
      const value = row[name];
      const place = placeOf(table, name, org_id, row);
      if (how === "layers" && Buffer.isBuffer(value)) {
        out[name] = summaryAuthors(row).reduce((inner, author) => {
          const { key, version } = keyOf(author);
          return seal(key, version, place, inner);
        }, value);
      } else if (typeof value === "string") {
        const { key, version } = keyOf(keyHolder(table, row, owners));
        out[name] = seal(key, version, place, Buffer.from(value, "utf8"));
      }
    }
    return out;
  });
}

/** The opposite of `sealRows`; text under a destroyed key is null. @throws where a value was changed */
export function openRows(
  org_id: number,
  table: ArchivedTable,
  rows: readonly TableRow[],
  owners: ReadonlyMap<string, string>,
  keys: ReadonlyMap<string, DataKey>,
): PlainRow[] {
  const sealed = table.columns.filter((column) => column.sealed);
  return rows.map((row) => {
    const out: PlainRow = { ...row };
    for (const { name, sealed: how } of sealed) {
      const value = row[name];
      if (!Buffer.isBuffer(value)) continue;
      const place = placeOf(table, name, org_id, row);
      if (how === "layers") {
        out[name] = summaryAuthors(row).reduceRight<Buffer | null>((outer, author) => {
          const key = keys.get(author);
          return outer && key ? open(key.key, place, outer) : null;
        }, value);
        continue;
      }
      const holder = keyHolder(table, row, owners);
      const key = holder === undefined ? undefined : keys.get(holder);
      out[name] = key ? open(key.key, place, value).toString("utf8") : null;
    }
    return out;
  });
}

/** Everyone under whose key something in these rows may be encrypted. */
export function keyHolders(
  owners: ReadonlyMap<string, string>,
  rows: ReadonlyMap<ArchivedTable, readonly TableRow[]>,
): Set<string> {
  const people = new Set(owners.values());
  for (const [{ name }, found] of rows) {
    for (const row of found) {
      if (name === "messages" && typeof row["user_id"] === "string") people.add(row["user_id"]);
      if (name === "conversations") for (const author of summaryAuthors(row)) people.add(author);
    }
  }
  return people;
}
