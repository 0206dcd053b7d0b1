import { hash } from "node:crypto";

/** 48 bits of milliseconds: the largest time that an id can carry. */
const LATEST = 2 ** 48 - 1;

/**
 * The id of something that happened at a time: a version 7 uuid of its millisecond (floor, as `uuid_time` reads it),
 * whose tail is a hash of the identity. The same time and identity give the same id on every machine, for ever.
 * @param at milliseconds since 1970, or a Date; fractions are cut off, never rounded
 * @param identity what makes the thing itself: organisation, kind, source, external id
 * @throws RangeError for a time before 1970 or without an identity
 */
export function mintId(at: Date | number, ...identity: string[]): string {
  const ms = Math.floor(typeof at === "number" ? at : at.getTime());
  if (!(ms >= 0 && ms <= LATEST)) throw new RangeError(`no id can carry the time ${String(at)}`);
  if (identity.length === 0) throw new RangeError("an id needs an identity");
  // With its length before it, so that two parts can't be read as one.
  const text = identity.map((part) => `${Buffer.byteLength(part)}:${part}`).join("");
  const bytes = hash("sha256", text, "buffer").subarray(0, 16);
  bytes.writeUIntBE(ms, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return hyphenated(bytes.toString("hex"));
}

/** The event time that an id carries, in milliseconds since 1970. */
export function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The smallest id of a millisecond: ids of [from, to) are `id >= floorId(from) and id < floorId(to)`. */
export function floorId(ms: number): string {
  const at = Math.floor(ms);
  if (!(at >= 0 && at <= LATEST)) throw new RangeError(`no id can carry the time ${String(ms)}`);
  return hyphenated(at.toString(16).padStart(12, "0") + "0".repeat(20));
}

function hyphenated(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
