import { z } from "zod";
import { isStorableText } from "./text.ts";
import {
  activityTypes,
  type ActivityType,
  attributeNames,
  type FilterField,
  type FilterName,
  filterNames,
  filters,
} from "./vocabulary.ts";

/** Most values of one filter. */
const most = 100;

/**
 * One value, several separated by commas, or a list whose values may hold commas themselves. Empty ones and repetitions are
 * dropped; nothing left is nothing asked. What is wrong is named by its place in the list, where there are several.
 */
const values = <T extends string>(longest: number, known?: readonly T[]) =>
  z
    .union([z.string(), z.array(z.string())], { error: "must be one value or several" })
    .transform((given, context) => {
      const each = typeof given === "string" ? given.split(",").map((value) => value.trim()) : given;
      const chosen = [...new Set(each.filter((value) => value.trim() !== ""))];
      const refuse = (message: string, at?: number) =>
        context.issues.push({ code: "custom", path: at === undefined ? [] : [at], message, input: given });
      if (chosen.length > most) refuse(`must be at most ${most} values`);
      for (const [index, value] of chosen.entries()) {
        const at = typeof given === "string" && chosen.length === 1 && !known ? undefined : index;
        if (value.length > longest) refuse(`must be at most ${longest} characters`, at);
        else if (!isStorableText(value)) refuse("must not hold NUL or broken UTF-16", at);
        else if (known && !(known as readonly string[]).includes(value)) refuse(`must be ${known.join(", ")}`, at);
      }
      return chosen.length > 0 ? (chosen as T[]) : undefined;
    })
    .optional();

const each = <N extends FilterName, S extends z.ZodType>(names: readonly N[], schemaOf: (name: N) => S) =>
  Object.fromEntries(
    names.flatMap((name) => {
      const schema = schemaOf(name);
      return [[name, schema] as const, [`${name}_not`, schema] as const];
    }),
  ) as Record<N | `${N}_not`, S>;

/**
 * What narrows an answer down: any of the values, and with `…_not` none of them; both hold together. Department and company
 * are those of whoever was active, as they are today; `noValue` stands for people who have none, and for erased ones. A user
 * is an address, an external id or an id of ours, a twin one of the latter two; an unknown one is refused. The source is that
 * of the sender who gave a record its external id.
 */
export const filterFields = {
  ...each(["type"], () => values<ActivityType>(filters.type.longest, activityTypes)),
  ...each(
    filterNames.filter((name) => name !== "type"),
    (name) => values(filters[name].longest),
  ),
};
export const Filter = z.object(filterFields);
export type Filter = z.output<typeof Filter>;

/** The filters that were sent and that an answer can't apply, by the name that they were sent under, each with a sentence why. */
export const NotApplied = z.array(z.object({ field: z.string(), why: z.string() }));
export type NotApplied = z.output<typeof NotApplied>;

const ofFigures = {
  type: "Figures tell types of activities apart by themselves.",
  source: "Figures are kept by day, person, twin and platform, not by source.",
};
const ofCohorts = {
  ...ofFigures,
  platform: "Cohorts are of people, whatever platform they used.",
  twin: "Cohorts are of people, whichever twin they used.",
};
const ofPeople = {
  type: "People aren’t listed by type of activity: the list of activities is.",
  platform: "People aren’t listed by platform: each may use several.",
  twin: "People aren’t listed by twin: each may use several.",
};
const ofInstallations = "Installations are of twins, whoever uses them.";
const ofNewcomers = {
  ...ofFigures,
  platform: "New people are counted by when they came, not by platform.",
  twin: "New people are counted by when they came, not by twin.",
};

/** What each answer can't apply, and why; what isn't named here it applies. */
export const notTaken = {
  "activities.list": {},
  "activities.facets": { source: ofFigures.source },
  "sessions.list": { type: "Sessions have no type; the activities in them do." },
  "features.events": {
    type: "What senders record of a feature is no activity.",
    platform: "What senders record of a feature says nothing of platforms.",
    twin: "What senders record of a feature says nothing of twins.",
    source: ofFigures.source,
  },
  "metrics.daily": ofFigures,
  "metrics.breakdowns": ofFigures,
  "charts.activity": ofFigures,
  "engagement.read": ofFigures,
  "features.usage": ofFigures,
  "features.firstUse": ofFigures,
  "features.together": ofFigures,
  "receipts.read": ofFigures,
  "receipts.new_users": ofNewcomers,
  "receipts.total_twin_installations": {
    ...ofFigures,
    ...Object.fromEntries(["user", ...attributeNames].map((name) => [name, ofInstallations])),
  },
  "retention.read": ofCohorts,
  "twins.list": ofFigures,
  "twins.get": { ...ofFigures, twin: "These are the figures of one twin." },
  "twins.sharing": ofFigures,
  "users.list": ofPeople,
  "people.active": ofFigures,
  "people.asked": ofFigures,
  "people.using": ofFigures,
  "people.often": ofFigures,
  "people.lifecycle": ofFigures,
  "people.used": ofFigures,
  "people.new": ofNewcomers,
  "people.cohort": ofCohorts,
  "people.recorded": {
    ...ofFigures,
    platform: "What senders record of a feature says nothing of platforms.",
    twin: "What senders record of a feature says nothing of twins.",
  },
} as const satisfies Record<string, Partial<Record<FilterName, string>>>;
export type Filtered = keyof typeof notTaken;

/** What of the filters that were sent an answer doesn't apply. */
export function notAppliedTo(answer: Filtered, asked: Partial<Record<FilterField, unknown>>): NotApplied {
  const why: Partial<Record<FilterName, string>> = notTaken[answer];
  return filterNames.flatMap((name) => {
    const reason = why[name];
    if (reason === undefined) return [];
    const sent = ([name, `${name}_not`] as const).filter((field) => asked[field] !== undefined);
    return sent.map((field) => ({ field, why: reason }));
  });
}
