import type { DataType } from "@twin/contracts/vocabulary";

/** What becomes of each kind of data, and which lists and charts end at the first day that is kept. */
export const outcomes: Record<DataType, { becomes: string; loses: string[] }> = {
  activities: {
    becomes: "archived, then dropped",
    loses: ["Activities list", "Activity pages", "Drill-down from charts to activities"],
  },
  messages: { becomes: "summarised, then deleted", loses: ["Transcripts", "Search in messages"] },
  sessions: { becomes: "deleted, their facts stay", loses: ["Sessions in people's profiles"] },
  deleted_users: { becomes: "erased", loses: ["Undo of a deletion"] },
};
