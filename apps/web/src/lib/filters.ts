import { activityTypes, type ActivityType } from "@twin/contracts/vocabulary";
import { platformName, typeNames } from "./format.ts";
import type { Query } from "./links.ts";

/** What narrows a page down, as the address says it. */
export type Filters = {
  type: ActivityType[];
  platform: string[];
  department: string[];
  twin: string | null;
  user: string | null;
};
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
});

const joined = (values: string[]) => (values.length ? values : undefined);

/** The filter as the lists of activities take it. */
export const listFilter = (filters: Filters) => ({
  type: joined(filters.type) as ActivityType[] | undefined,
  platform: joined(filters.platform),
  department: joined(filters.department),
  twin: filters.twin ?? undefined,
  user: filters.user ?? undefined,
});

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
  add("department", "Department", filters.department);
  const known = (id: string) => names[id] ?? (/^[0-9a-f-]{36}$/.test(id) ? id.slice(0, 8) : id);
  if (filters.twin) add("twin", "Twin", [known(filters.twin)]);
  if (filters.user) add("user", "Person", [known(filters.user)]);
  return chips;
}

/** "Platform is Slack, Department is any of 3" */
export const chipsText = (chips: Chip[]): string => chips.map((chip) => `${chip.label} is ${chip.value}`).join(", ");
