import { type SQL, sql } from "drizzle-orm";
import { DomainError } from "./errors.ts";

/** Where a page of a list by id begins: after (`older`) or before (`newer`) a row, which isn't part of the page. */
export type Cursor = { towards: "older" | "newer"; id: string };

/** The text by which a caller asks for the next page. */
const writeCursor = ({ towards, id }: Cursor): string =>
  (towards === "older" ? "o" : "n") + Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url");

/** @throws BAD_REQUEST for a cursor that isn't ours */
export function readCursor(text: string | undefined): Cursor | null {
  if (text === undefined) return null;
  const [, towards, packed] = /^([on])([\w-]{22})$/.exec(text) ?? [];
  const hex = Buffer.from(packed ?? "", "base64url").toString("hex");
  if (hex.length !== 32) {
    throw new DomainError("BAD_REQUEST", "must be next_cursor or prev_cursor of an earlier answer", { path: "cursor" });
  }
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return { towards: towards === "o" ? "older" : "newer", id };
}

/** The condition of a cursor on an id, to be added to others. */
export const beyondCursor = (id: SQL, cursor: Cursor | null): SQL =>
  cursor === null
    ? sql``
    : cursor.towards === "newer"
      ? sql` and ${id} > ${cursor.id}::uuid`
      : sql` and ${id} < ${cursor.id}::uuid`;

/**
 * The cursors before and after a page of rows, newest first.
 * @param more whether there are more in the direction of paging
 * @param isFirst whether the page is the first by its number, where no cursor was given
 */
export function cursorsOf(
  items: readonly { id: string }[],
  cursor: Cursor | null,
  more: boolean,
  isFirst: boolean,
): { next_cursor: string | null; prev_cursor: string | null } {
  const [first, last] = [items[0]?.id, items.at(-1)?.id];
  const hasOlder = cursor?.towards === "newer" || more;
  const hasNewer = cursor?.towards === "newer" ? more : cursor !== null || !isFirst;
  return {
    next_cursor: hasOlder && last ? writeCursor({ towards: "older", id: last }) : null,
    prev_cursor: hasNewer && first ? writeCursor({ towards: "newer", id: first }) : null,
  };
}
