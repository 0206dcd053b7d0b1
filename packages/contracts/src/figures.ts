import type { ActivityType } from "./vocabulary.ts";

// What every number of a day is. No zod here: the database reads it too.

/** Tables of raw rows that a figure can be of. */
type Source =
  | "sessions"
  | "activities"
  | "messages"
  | "documents"
  | "queries"
  | "shared_twin_interactions"
  | "users"
  | "twin_installations";

/** A column of `daily_metrics`; docs/METRICS.md has a section for each, which says more. */
type Figure = {
  /** The sentence of its definition, of one day. */
  meaning: string;
  /** The table whose rows it counts. */
  source: Source;
  /** A day on which nothing happened. */
  zero: 0 | Readonly<Record<string, never>>;
  /**
   * How the figure of several days follows: their `sum`, what stood at the end of the `last`, the `sum` of each `name`, or
   * anew from all: `people` are counted once, a `mean` is that of all rows.
   */
  summed: "sum" | "last" | "names" | "people" | "mean";
  /** The columns of facts that it is made of: added up, or for a mean what is divided by what; none: it isn't made of facts. */
  of: readonly string[];
  /** What it can't be asked of: then it is null. `use`: a platform or a twin. */
  unknown_of: "people" | "use" | null;
};

/** The columns of `daily_metrics`, in the order of answers and files. */
export const dayFigures = {
  total_active_users: {
    meaning: "People of whom at least one session started on the day, each counted once.",
    source: "sessions",
    zero: 0,
    summed: "people",
    of: [],
    unknown_of: null,
  },
  new_users: {
    meaning: "People whose record was created on the day, or who began on it where no sender said when.",
    source: "users",
    zero: 0,
    summed: "sum",
    of: [],
    unknown_of: "use",
  },
  total_sessions: {
    meaning: "Sessions that started on the day, named by the sender or derived from moments at most 30 minutes apart.",
    source: "sessions",
    zero: 0,
    summed: "sum",
    of: ["sessions"],
    unknown_of: null,
  },
  total_conversations: {
    meaning: "Activities of the type conversation that started on the day.",
    source: "activities",
    zero: 0,
    summed: "sum",
    of: ["conversations"],
    unknown_of: null,
  },
  total_messages: {
    meaning: "Messages created on the day, by people and by twins.",
    source: "messages",
    zero: 0,
    summed: "sum",
    of: ["user_messages", "twin_messages"],
    unknown_of: null,
  },
  total_documents_drafted: {
    meaning: "Documents created on the day.",
    source: "documents",
    zero: 0,
    summed: "sum",
    of: ["documents"],
    unknown_of: null,
  },
  total_queries: {
    meaning: "Queries created on the day.",
    source: "queries",
    zero: 0,
    summed: "sum",
    of: ["queries"],
    unknown_of: null,
  },
  total_shared_interactions: {
    meaning: "Uses of a twin by someone other than its owner, created on the day.",
    source: "shared_twin_interactions",
    zero: 0,
    summed: "sum",
    of: ["shared_interactions"],
    unknown_of: null,
  },
  avg_session_duration_seconds: {
    meaning:
      "Mean length of the sessions started on the day that have ended, in whole seconds, rounded half up; 0 if none ended.",
    source: "sessions",
    zero: 0,
    summed: "mean",
    of: ["session_seconds", "ended_sessions"],
    unknown_of: null,
  },
  total_twin_installations: {
    meaning: "Installations of twins that stood at the end of the day.",
    source: "twin_installations",
    zero: 0,
    summed: "last",
    of: [],
    unknown_of: "people",
  },
  platform_breakdown: {
    meaning: "Sessions that started on the day, by platform; platforms without one are left out.",
    source: "sessions",
    zero: {},
    summed: "names",
    of: ["sessions"],
    unknown_of: null,
  },
} as const satisfies Record<string, Figure>;

export type DayFigure = keyof typeof dayFigures;
export const dayFigureNames = Object.keys(dayFigures) as DayFigure[];

type Summed<S extends Figure["summed"]> = {
  [F in DayFigure]: (typeof dayFigures)[F]["summed"] extends S ? F : never;
}[DayFigure];
/** Those whose several days follow in this way. */
export const figuresSummed = <S extends Figure["summed"]>(way: S): Summed<S>[] =>
  dayFigureNames.filter((name): name is Summed<S> => dayFigures[name].summed === way);

type FromFacts = { [F in DayFigure]: (typeof dayFigures)[F]["of"] extends readonly [] ? never : F }[DayFigure];
/** Sums of facts: they are known under any filter. */
export type FactSum = Extract<Summed<"sum">, FromFacts>;
export const factSums = figuresSummed("sum").filter((name): name is FactSum => dayFigures[name].of.length > 0);

/** The column of facts that counts the activities of each type. */
export const activityColumns = {
  conversation: "conversations",
  query: "query_activities",
  document: "document_activities",
  shared: "shared_activities",
} as const satisfies Record<ActivityType, string>;
