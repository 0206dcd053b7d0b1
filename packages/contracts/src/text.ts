import { z } from "zod";

/** PostgreSQL stores and compares neither NUL nor half of a surrogate pair: refused with a reason instead of failing there. */
export const isStorableText = (text: string): boolean => !text.includes("\u0000") && text.isWellFormed();

/** Text of at most so many characters that can be stored and looked up. */
export const text = (most: number) =>
  z.string().max(most).refine(isStorableText, { error: "must not hold NUL or broken UTF-16" });

/** Any JSON: one schema, so that it has one name wherever schemas are told. */
export const Json = z.json();
