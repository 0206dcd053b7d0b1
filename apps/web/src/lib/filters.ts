import {
  activityTypes,
  type ActivityType,
  type RecordFeature,
  recordFeatures,
  weekdays,
} from "@twin/contracts/vocabulary";
import { departmentName, featureName, hourText, platformName, typeNames } from "./format.ts";
import type { Query } from "./links.ts";

/** What narrows a page down, as the address says it. */
export type Filters = {
  type: ActivityType[];
  platform: string[];
  department: string[];
  twin: string | null;
  user: string | null;
  weekday_hour: string | null;
  feature: RecordFeature | null;
  /** Conversations by what was written in them in the range: by anyone, or by people. */
  by: "messages" | "questions" | null;
  session: string | null;
  owner_department: string[];
  same_department: "yes" | "no" | null;
  was_helpful: Answer[];
};
const answers = ["yes", "no", "none"] as const;
type Answer = (typeof answers)[number];
type Name = keyof Filters;

const listOf = (params: Query, name: string): string[] => [
  ...new Set(
    params
      .getAll(name)
      .flatMap((value) => value.split(","))
      .map((value) => value.trim())
      .filter(Boolean),
  ),
];

export const filtersOf = (params: Query): Filters => ({
  type: listOf(params, "type").filter((value): value is ActivityType =>
    (activityTypes as readonly string[]).includes(value),
  ),
  platform: listOf(params, "platform"),
  department: listOf(params, "department"),
  twin: params.get("twin") || null,
  user: params.get("user") || null,
  weekday_hour: hourOf(params.get("weekday_hour")),
  feature: recordFeatures.find((one) => one === params.get("feature")) ?? null,
  by: (["messages", "questions"] as const).find((one) => one === params.get("by")) ?? null,
  session: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(params.get("session") ?? "")
    ? params.get("session")
    : null,
  owner_department: listOf(params, "owner_department"),
  same_department: (["yes", "no"] as const).find((one) => one === params.get("same_department")) ?? null,
  // An answer is that of a shared interaction.
  was_helpful:
    params.get("feature") === "shared_interaction"
      ? answers.filter((one) => listOf(params, "was_helpful").includes(one))
      : [],
});

/** The filters that figures and people have, where the address may say more to mean something else. */
export const coarseFiltersOf = (params: Query): Filters => ({
  ...filtersOf(params),
  weekday_hour: null,
  feature: null,
  by: null,
  session: null,
  owner_department: [],
  same_department: null,
  was_helpful: [],
});

function hourOf(text: string | null): string | null {
  const [, weekday, hour] = /^([a-z]{3})-(\d\d?)$/.exec(text ?? "") ?? [];
  const known = (weekdays as readonly (string | undefined)[]).includes(weekday) && Number(hour) < 24;
  return known ? `${weekday}-${Number(hour)}` : null;
}

const joined = (values: string[]) => (values.length ? values : undefined);

/** The filter as choices are counted under it. */
export const facetFilter = (filters: Filters) => ({
  type: joined(filters.type) as ActivityType[] | undefined,
  platform: joined(filters.platform),
  department: joined(filters.department),
  twin: filters.twin ?? undefined,
  user: filters.user ?? undefined,
});

/** The filter as the lists of activities take it. */
export const listFilter = (filters: Filters) => ({
  ...facetFilter(filters),
  weekday_hour: filters.weekday_hour ?? undefined,
  feature: filters.feature ?? undefined,
  with_messages: filters.by === null ? undefined : filters.by === "messages" ? ("any" as const) : ("user" as const),
  session: filters.session ?? undefined,
  owner_department: joined(filters.owner_department),
  same_department: filters.same_department ?? undefined,
  was_helpful: joined(filters.was_helpful) as Answer[] | undefined,
});

/** Whether choices have counts: they are kept by day, person, twin and platform, and know nothing finer. */
export const hasCounts = ({
  weekday_hour,
  feature,
  by,
  session,
  owner_department,
  same_department,
}: Filters): boolean =>
  [weekday_hour, feature, by, session, same_department].every((one) => one === null) && owner_department.length === 0;

/** Figures take one value a filter and know no types; several at once aren't figures of anything we keep. */
export const figureFilter = (filters: Filters) => ({
  platform: filters.platform[0],
  department: filters.department[0],
  twin: filters.twin ?? undefined,
  user: filters.user ?? undefined,
});

/** Filters that the figures can't follow, taken out of the address by the Overview. */
export const beyondFigures = (filters: Filters): Partial<Record<Name, null>> => ({
  ...(filters.type.length ? { type: null } : {}),
  ...(filters.platform.length > 1 ? { platform: null } : {}),
  ...(filters.department.length > 1 ? { department: null } : {}),
});

export type Chip = { name: Name; label: string; value: string };

const namesOfTypes = (types: ActivityType[]) => types.map((type) => typeNames[type]);
const some = (values: string[]) => (values.length > 2 ? `any of ${values.length}` : values.join(" or "));

/** One chip a filter. `names` knows what ids stand for. */
export function chipsOf(filters: Filters, names: Record<string, string> = {}): Chip[] {
  const chips: Chip[] = [];
  const add = (name: Name, label: string, values: string[]) => {
    if (values.length) chips.push({ name, label, value: some(values) });
  };
  add("type", "Type", namesOfTypes(filters.type));
  add("platform", "Platform", filters.platform.map(platformName));
  add("department", "Department", filters.department.map(departmentName));
  add("owner_department", "Twin’s department", filters.owner_department.map(departmentName));
  if (filters.same_department)
    add("same_department", "Twin’s department", [filters.same_department === "yes" ? "the asker’s own" : "another"]);
  if (filters.weekday_hour) add("weekday_hour", "Hour", [hourText(filters.weekday_hour)]);
  if (filters.feature) add("feature", "Feature", [featureName(filters.feature)]);
  if (filters.by)
    add("by", "Day", [filters.by === "messages" ? "when messages were written" : "when people wrote messages"]);
  if (filters.session) add("session", "Session", [names[filters.session] ?? filters.session.slice(0, 8)]);
  const answered = { yes: "helpful", no: "not helpful", none: "none" };
  add(
    "was_helpful",
    "Answer",
    filters.was_helpful.map((one) => answered[one]),
  );
  const known = (id: string) => names[id] ?? (/^[0-9a-f-]{36}$/.test(id) ? id.slice(0, 8) : id);
  if (filters.twin) add("twin", "Twin", [known(filters.twin)]);
  if (filters.user) add("user", "Person", [known(filters.user)]);
  return chips;
}

/** "Platform is Slack, Department is any of 3" */
export const chipsText = (chips: Chip[]): string => chips.map((chip) => `${chip.label} is ${chip.value}`).join(", ");
