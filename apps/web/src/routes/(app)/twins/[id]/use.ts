import type { TwinAnswer } from "@twin/contracts/twins";
import { activityTypes } from "@twin/contracts/vocabulary";
import { count, plural, sharesOf } from "@twin/wording/format";
import { departmentName, typeNames } from "@twin/wording/names";
import type { Bar } from "#lib/charts/BarList.svelte";
import { activitiesLink, anyType, peopleLink, type Query } from "#lib/links.ts";

/** Departments that stand for themselves. */
const mostDepartments = 7;
const ofTwin = (id: string) => ({ twin: id, twin_not: null, compare: null });

/** Who used it. */
export const whoUsedLink = (from: Query, { id }: TwinAnswer, department?: string): string =>
  peopleLink(from, {
    ...ofTwin(id),
    who: "using",
    ...(department !== undefined && { department: [department], department_not: null }),
  });

/** What it was asked. */
export const askedLink = (from: Query, { id }: TwinAnswer): string =>
  activitiesLink(from, { ...ofTwin(id), ...anyType });

/** Who uses it, by department; small ones together, without a link. */
export function departmentBars(twin: TwinAnswer, from: Query): Bar[] {
  const { departments, users } = twin;
  const shown = departments.length > mostDepartments ? departments.slice(0, mostDepartments - 1) : departments;
  const rest = departments.slice(shown.length);
  const others = rest.reduce((sum, one) => sum + one.users, 0);
  const shares = sharesOf([...shown.map((one) => one.users), others]);
  const bars = shown.map(({ department, users: value }, at) => ({
    name: departmentName(department),
    value,
    share: users ? value / users : null,
    said: shares[at]!,
    href: whoUsedLink(from, twin, department),
  }));
  if (rest.length === 0) return bars;
  const name = `${plural(rest.length, "other department")}`;
  return [...bars, { name, value: others, share: null, said: shares.at(-1)!, href: null, rest: true }];
}

/** Who asked most often, and everyone else, deleted people among them. */
export function peopleBars({ id, activities, people, users }: TwinAnswer, from: Query): Bar[] {
  const bars: Bar[] = people.map((person) => ({
    name: person.name,
    value: person.activities,
    share: null,
    href: activitiesLink(from, { ...ofTwin(id), ...anyType, user: person.id, user_not: null }),
  }));
  const rest = activities - people.reduce((sum, one) => sum + one.activities, 0);
  if (rest === 0 || people.length === 0) return bars;
  const more = Math.max(users - people.length, 1);
  const already = from.getAll("user_not").flatMap((value) => value.split(","));
  return [
    ...bars,
    {
      name: `${count(more)} more`,
      value: rest,
      share: null,
      rest: true,
      href: activitiesLink(from, {
        ...ofTwin(id),
        ...anyType,
        user_not: [...already.filter(Boolean), ...people.map((person) => person.id)],
      }),
    },
  ];
}

/** For what it is used: every type, also those that never came. */
export function typeBars({ id, activities, types }: TwinAnswer, from: Query): Bar[] {
  const shares = sharesOf(activityTypes.map((type) => types[type]));
  return activityTypes
    .map((type, at) => ({
      name: typeNames[type],
      value: types[type],
      share: activities ? types[type] / activities : null,
      said: shares[at]!,
      href: types[type] ? activitiesLink(from, { ...ofTwin(id), ...anyType, type }) : null,
    }))
    .toSorted((a, b) => b.value - a.value);
}
