import { activityColumns } from "@twin/contracts/figures";

/** How many activities facts count, of any type, as SQL over a row of theirs. */
export const activitiesOf = (facts: string): string =>
  `(${Object.values(activityColumns)
    .map((column) => `${facts}.${column}`)
    .join(" + ")})`;
