const notes: Record<string, string> = {
  sessions: "Sessions are in no list of their own: these are the activities of the same days.",
  messages:
    "Messages are counted on the day they were written: these are the conversations that began in these days, each with how many it holds.",
  rows: "Activities of the days that a run takes rows of: details and messages are rows of their own, and what is held, or was talked in later, stays.",
};

/**
 * What is said where a list was opened from a figure that counts something else than activities.
 * @param by what the figure counts, as the address says it
 */
export const noteOf = (by: string | null): string | null => notes[by ?? ""] ?? null;
