import {
  activityTypes,
  type ActivityType,
  type FilterField,
  type FilterName,
  filterNames,
  filters as catalogue,
  type RecordFeature,
  recordFeatures,
  weekdays,
} from "@twin/contracts/vocabulary";
import { isId } from "@twin/contracts/wire";
import { departmentName, featureName, hourText, valueName } from "@twin/wording/names";
import { filterFields, type Query, valuesOf } from "./links.ts";

/** What narrows a page down, as the address says it: values of which one must hold, and with `_not` none. */
export type Filters = Record<Exclude<FilterField, "type" | "type_not">, string[]> & {
  type: ActivityType[];
  type_not: ActivityType[];
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

const isType = (value: string): value is ActivityType => (activityTypes as readonly string[]).includes(value);

/** The filters of an address; unknown values are left out. */
export const filtersOf = (params: Query): Filters => ({
  ...(Object.fromEntries(filterFields.map((field) => [field, valuesOf(params, field)])) as Record<
    FilterField,
    string[]
  >),
  type: valuesOf(params, "type").filter(isType),
  type_not: valuesOf(params, "type_not").filter(isType),
  weekday_hour: hourOf(params.get("weekday_hour")),
  feature: recordFeatures.find((one) => one === params.get("feature")) ?? null,
  by: (["messages", "questions"] as const).find((one) => one === params.get("by")) ?? null,
  session: isId(params.get("session") ?? "") ? params.get("session") : null,
  owner_department: valuesOf(params, "owner_department"),
  same_department: (["yes", "no"] as const).find((one) => one === params.get("same_department")) ?? null,
  // An answer is that of a shared interaction.
  was_helpful:
    params.get("feature") === "shared_interaction"
      ? answers.filter((one) => valuesOf(params, "was_helpful").includes(one))
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

/** The filter as every figure and list takes it; what it can't apply it names in its answer. */
export const commonFilter = (filters: Filters): { [F in FilterField]?: Filters[F] } =>
  Object.fromEntries(filterFields.flatMap((field) => (filters[field].length ? [[field, filters[field]]] : [])));

/** The filter as the lists of activities take it. */
export const listFilter = (filters: Filters) => ({
  ...commonFilter(filters),
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

/** What an answer said of the filters that it can't apply. */
export type NotApplied = readonly { field: string; why: string }[];
/** What no part of a page applies. */
export const notAppliedBy = (answers: readonly (NotApplied | null | undefined)[]): NotApplied => {
  const known = answers.filter((one) => one !== null && one !== undefined);
  return (known[0] ?? []).filter(({ field }) => known.every((one) => one.some((other) => other.field === field)));
};
/** What some part of a page can't apply, while others do. */
export const partlyAppliedBy = (answers: readonly (NotApplied | null | undefined)[]): NotApplied => {
  const nowhere = notAppliedBy(answers);
  const found = answers
    .flatMap((one) => one ?? [])
    .filter(({ field }) => !nowhere.some((other) => other.field === field));
  return [...new Map(found.map((one) => [`${one.field} ${one.why}`, one])).values()];
};

export type Chip = { name: Name; label: string; is: "is" | "is not"; value: string };

const some = (values: string[]) => (values.length > 2 ? `any of ${values.length}` : values.join(" or "));

/** One chip a filter. `names` knows what ids stand for. */
export function chipsOf(filters: Filters, names: Record<string, string> = {}): Chip[] {
  const chips: Chip[] = [];
  const add = (name: Name, label: string, values: string[], is: Chip["is"] = "is") => {
    if (values.length) chips.push({ name, label, is, value: some(values) });
  };
  const known = (id: string) => names[id] ?? (isId(id) ? id.slice(0, 8) : id);
  for (const name of filterNames) {
    const { title } = catalogue[name];
    const say = (values: readonly string[]) => values.map((value) => valueName(name, known(value)));
    add(name, title, say(filters[name]));
    add(`${name}_not`, title, say(filters[`${name}_not`]), "is not");
  }
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
  return chips;
}

/** "Platform is Slack, Department is any of 3" */
export const chipsText = (chips: Chip[]): string =>
  chips.map((chip) => `${chip.label} ${chip.is} ${chip.value}`).join(", ");

/** The range and what narrows it down as one line, in parts; `off`: the page can't apply it. */
export function wordsOf(
  range: string | null,
  chips: Chip[],
  not_applied: NotApplied,
  compared: boolean,
): { text: string; off: boolean }[] {
  const said = chips.map(({ name, label, is, value }) => ({
    text: value.startsWith("any of ") ? `${label} ${is} ${value}` : `${is === "is not" ? "not " : ""}${value}`,
    off: not_applied.some(({ field }) => field === name),
  }));
  const plain = (text: string | false | null) => (text ? [{ text, off: false }] : []);
  return [...plain(range), ...said, ...plain(compared && "vs previous")];
}

/** Whether a chip is of one of the filters that every figure knows, which can be chosen anew. */
export const isFilterField = (name: string): name is FilterField => (filterFields as readonly string[]).includes(name);
/** The filter of a field: that of `platform_not` is `platform`. */
export const filterOf = (field: FilterField): FilterName => field.replace(/_not$/, "") as FilterName;
