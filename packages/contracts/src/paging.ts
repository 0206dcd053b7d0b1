import { z } from "zod";
import { text } from "./text.ts";
import { limits } from "./vocabulary.ts";

/** Numbers arrive as text in a query string. */
const whole = (least: number, most: number) =>
  z.coerce
    .number({ error: `must be a whole number from ${least} to ${most}` })
    .int()
    .min(least)
    .max(most);

export const pageFields = {
  page: whole(1, limits.pageDepth).default(1),
  limit: whole(1, 200).default(50),
  /** From `next_cursor` or `prev_cursor` of an earlier answer; reaches any depth and replaces `page`. */
  cursor: z.string().max(200).optional(),
};

/** `page` reaches a bounded depth, because deeper pages would have to be counted off row by row. */
export function checkPage({
  value,
  issues,
}: {
  value: { page: number; limit: number; cursor?: string | undefined };
  issues: z.core.$ZodRawIssue[];
}): void {
  if (value.cursor === undefined && value.page * value.limit > limits.pageDepth) {
    issues.push({
      code: "custom",
      path: ["page"],
      message: `page reaches ${limits.pageDepth} rows; go deeper with cursor=next_cursor of the answer`,
      input: value,
    });
  }
}

/** One value, several separated by commas, or a list; an open set of names such as platforms. */
export const nameList = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : value.split(",")).map((one) => one.trim()).filter(Boolean))
  .pipe(z.array(text(255)).max(50));
