import { z } from "zod";

/** PostgreSQL stores and compares neither NUL nor half of a surrogate pair: refused with a reason instead of failing there. */
export const isStorableText = (text: string): boolean => !text.includes("\u0000") && text.isWellFormed();

/** Text of at most so many characters that can be stored and looked up. */
export const text = (most: number) =>
  z.string().max(most).refine(isStorableText, { error: "must not hold NUL or broken UTF-16" });

/** What joins letters and emoji: seen by its effect. */
const joining = /\u200c|\u200d|\ufe0e|\ufe0f/gu;
/** Ends a line, turns the direction of what follows, or is seen by nobody. */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Whether a text is one line that everybody sees whole and in its order. */
export function isOneLine(text: string): boolean {
  const apart = text.replaceAll(joining, "");
  return apart.trim() !== "" && !hidden.test(apart);
}

/** Any JSON: one schema, so that it has one name wherever schemas are told. */
export const Json = z.json();
