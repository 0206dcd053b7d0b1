import { z } from "zod";
import { checkRange, rangeFields } from "./dates.ts";
import { query } from "./procedure.ts";

export const FeaturesInput = z.object(rangeFields).check(checkRange);
export type FeaturesInput = z.output<typeof FeaturesInput>;

export const FeaturesAnswer = z.object({
  features: z.array(
    z.object({
      feature_name: z.string(),
      total_usage: z.int().nonnegative(),
      /** Fraction of all uses in the range; null if there were none. */
      share: z.number().nullable(),
      /** All who used it in the range. */
      users: z.int().nonnegative(),
      /** Users of it who were active in the range / active users of the range; null if there were none. */
      adoption: z.number().nullable(),
      /** Uses by day of the range, in order; null where the range has more days than one answer holds. */
      days: z.array(z.int().nonnegative()).nullable(),
    }),
  ),
});
export type FeaturesAnswer = z.output<typeof FeaturesAnswer>;

export const features = {
  usage: query({
    access: "metrics.read",
    input: FeaturesInput,
    output: FeaturesAnswer,
    summary: "Uses, share, users and adoption of each feature",
  }),
};
