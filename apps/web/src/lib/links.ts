import { addDays, lastDayOf } from "@twin/contracts/calendar";
import { type FilterField, filterNames, recordFeatures } from "@twin/contracts/vocabulary";
import { pageAt } from "./pages.ts";
import { exactParams } from "./range.ts";

/** Every address of the dashboard is made here. What is the default doesn't stand in it. */
export type Params = Record<string, string | readonly string[] | null>;

/** The question part of an address, for reading. */
export type Query = Pick<URLSearchParams, "get" | "getAll" | "has">;
type Here = { pathname: string; search: string; searchParams: Query };

/** The filters that every figure and list knows, each with what it must not be. */
export const filterFields: readonly FilterField[] = filterNames.flatMap((name) => [name, `${name}_not` as const]);
/** What a page hands on to the next, also one that has no use for it: range, comparison and filters. */
const carried: readonly string[] = ["range", "offset", "from", "to", "day", "compare", ...filterFields];
/** Filters that only the lists of activities know. */
const ofActivities = ["weekday_hour", "feature", "by", "session", "owner_department", "same_department", "was_helpful"];

/** The values of a parameter: one that stands once is split at commas, as the API reads it. */
export function valuesOf(params: Query, name: string): string[] {
  const given = params.getAll(name);
  const values = given.length > 1 ? given : given.flatMap((value) => value.split(","));
  return [...new Set(values.map((value) => value.trim()).filter(Boolean))];
}

const readable = (value: string) => encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%40", "@");

/** A parameter as the address says it: joined by commas, or, where a value has one, each by itself. */
function written(name: string, value: string | readonly string[]): string[] {
  if (typeof value === "string") return value ? [`${name}=${readable(value)}`] : [];
  if (!value.some((one) => one.includes(","))) return written(name, value.join(","));
  return (value.length === 1 ? [...value, ...value] : value).map((one) => `${name}=${encodeURIComponent(one)}`);
}

/** `path` with what the address carries, changed by `changes`; lists stay readable. */
function linkTo(path: string, from: Query, changes: Params = {}): string {
  const { filters } = pageAt(path);
  const kept = filters === "activities" ? [...carried, ...ofActivities] : carried;
  const names = [...kept, ...Object.keys(changes).filter((name) => !kept.includes(name))];
  const parts = names.flatMap((name) =>
    written(
      name,
      name in changes
        ? (changes[name] ?? "")
        : from.getAll(name).length > 1
          ? valuesOf(from, name)
          : (from.get(name) ?? ""),
    ),
  );
  return parts.length ? `${path}?${parts.join("&")}` : path;
}

/** A page of the catalogue, by its path. */
export const pageLink = (path: string, from: Query): string => linkTo(path, from);
/** The Overview. */
export const overviewLink = (from: Query, changes?: Params): string => linkTo("/", from, changes);
/** The list of activities. */
export const activitiesLink = (from: Query, changes?: Params): string => linkTo("/activities", from, changes);
/** One activity, opened from the list of the address. */
export const activityLink = (id: string, from: Query): string => linkTo(`/activities/${id}`, from);
/** The activities of a month, `YYYY-MM`: an archived one says so there, and offers to be restored. */
export const monthLink = (month: string): string =>
  linkTo("/activities", new URLSearchParams(), {
    from: `${month}-01`,
    to: lastDayOf(`${month}-01`, "month"),
  });
/** Why a figure of some days is what it is, under the filters of the address. */
export const receiptLink = (from: Query, asked: Record<"start" | "end" | "figure", string>): string =>
  linkTo("/receipt.json", from, asked);

/** The list at an address as a CSV file: filtered and sorted as it is, from its beginning. */
export const listCsvLink = (here: Here): string => {
  const from = hereWith(here, {});
  return `${here.pathname}/export.csv${from.slice(from.split("?")[0]!.length)}`;
};

/** Of all types and sources: where a number knows neither. */
export const anyType: Params = { type: null, type_not: null, source: null, source_not: null };
/** Retention. */
export const retentionLink = (from: Query, changes?: Params): string => linkTo("/retention", from, changes);
/** Features. */
export const featuresLink = (from: Query, changes?: Params): string => linkTo("/features", from, changes);
/** Twins. */
export const twinsLink = (from: Query, changes?: Params): string => linkTo("/twins", from, changes);

/** One twin, with what it did in the range of the address. */
export const twinLink = (id: string, from: Query, changes?: Params): string => linkTo(`/twins/${id}`, from, changes);

/** People, by name and by what they are; policies carry range and filters only for the way back. */
export const usersLink = (from: Query, changes?: Params): string => linkTo("/users", from, changes);
/** The list of erasures. */
export const erasuresLink = (from: Query, changes?: Params): string => linkTo("/users/erasures", from, changes);
export type UserTab = "activities" | "sessions" | "twins" | "privacy";
/** A person's page, or a tab of it. */
export const userLink = (id: string, from: Query, tab?: UserTab, changes?: Params): string =>
  linkTo(`/users/${id}${tab ? `/${tab}` : ""}`, from, changes);
/** Members, `open` being whose rights are shown. */
export const membersLink = (from: Query, open: string | null = null): string =>
  linkTo("/settings/members", from, { open });
/** The audit, by who and what as the address says. */
export const auditLink = (from: Query, changes?: Params): string =>
  linkTo("/audit", from, {
    actor: from.get("actor"),
    action: from.get("action"),
    object: from.get("object"),
    ...changes,
  });
/** Lifecycle. */
export const lifecycleLink = (from: Query, changes?: Params): string => linkTo("/lifecycle", from, changes);

/** Sessions that started in the range of the address. */
export const sessionsLink = (from: Query, changes?: Params): string =>
  linkTo("/sessions", from, { compare: null, ...changes });
/** The activities of one session, the first and the last of which began on these days. */
export const sessionLink = (id: string, first: string, last: string): string =>
  linkTo("/activities", new URLSearchParams(), { ...exactParams(first, last), session: id });

/** What a person asked of a twin in the last 365 days, as their profile counts it. */
export const twinAskedLink = (twin: string, user: string, today: string): string =>
  linkTo("/activities", new URLSearchParams(), { ...exactParams(addDays(today, -364), today), twin, user });

/** The people behind a figure of the range and filter that the address carries. */
export const peopleLink = (from: Query, changes?: Params): string =>
  linkTo("/people", from, { compare: null, ...changes });
/**
 * What a feature's uses count: the activities of its records, the conversations that hold what people wrote, or what senders
 * recorded of it.
 */
export function usesLink(from: Query, feature: string, changes: Params = {}): string {
  if ((recordFeatures as readonly string[]).includes(feature))
    return activitiesLink(from, { ...anyType, ...changes, feature });
  if (feature === "question_asked") return activitiesLink(from, { ...anyType, ...changes, by: "questions" });
  return linkTo(`/features/${encodeURIComponent(feature)}`, from, { compare: null, ...changes });
}
/** The people behind a cell or an average of the retention table, which says its days itself. */
export const cellLink = (from: Query, cell: Params): string =>
  linkTo("/people", new URLSearchParams(), {
    ...Object.fromEntries(filterFields.map((field) => [field, valuesOf(from, field)])),
    ...cell,
  });

/** This very page under another range or filter; a cursor or an open peek belongs to the list as it was. */
export function hereWith(url: Here, changes: Params): string {
  const { own: names = [], range: usual } = pageAt(url.pathname);
  const own = Object.fromEntries(names.map((name) => [name, url.searchParams.get(name)]));
  const range: Params = {};
  if (typeof usual === "string" && "range" in changes && !changes["day"] && !changes["from"]) {
    if (changes["range"] === null) range["range"] = "28d";
    else if (changes["range"] === usual && !changes["offset"]) range["range"] = null;
  }
  return linkTo(url.pathname, url.searchParams, { ...own, ...changes, ...range });
}

/** What a header may hold; no address of ours is longer. */
const longest = 4_000;

/** Sign in, then come back to `url`. */
export function signInLink(url: Here): string {
  const to = encodeURIComponent(url.pathname + url.search);
  return to === "%2F" || to.length > longest ? "/sign-in" : `/sign-in?to=${to}`;
}

/** Where to go after signing in: only a path of this dashboard, because the address came from outside. */
export function safeReturn(to: string | null): string {
  if (!to || !to.startsWith("/")) return "/";
  const url = URL.canParse(to, "http://here.invalid") ? new URL(to, "http://here.invalid") : null;
  return url?.host === "here.invalid" && !url.pathname.startsWith("//") ? url.pathname + url.search : "/";
}
