/** Every address of the dashboard is made here. What is the default doesn't stand in it. */
export type Params = Record<string, string | null>;

/** The question part of an address, for reading. */
export type Query = Pick<URLSearchParams, "get" | "getAll" | "has">;
type Here = { pathname: string; search: string; searchParams: Query };

/** What a page hands on to the next: range, comparison and filters. */
const carried = ["range", "offset", "from", "to", "day", "compare", "type", "platform", "department", "twin", "user"];

/** `path` with what the address carries, changed by `changes`; lists stay readable. */
function linkTo(path: string, from: Query, changes: Params = {}): string {
  const parts: string[] = [];
  for (const name of [...carried, ...Object.keys(changes).filter((name) => !carried.includes(name))]) {
    const value = name in changes ? changes[name] : from.getAll(name).join(",");
    if (value) parts.push(`${name}=${encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%40", "@")}`);
  }
  return parts.length ? `${path}?${parts.join("&")}` : path;
}

export const overviewLink = (from: Query, changes?: Params): string => linkTo("/", from, changes);
export const activitiesLink = (from: Query, changes?: Params): string => linkTo("/activities", from, changes);
export const activityLink = (id: string, from: Query): string => linkTo(`/activities/${id}`, from);
export const activitiesCsvLink = (from: Query): string => linkTo("/activities/export.csv", from);

/** This very page under another range or filter; a cursor or an open peek belongs to the list as it was. */
export function hereWith(url: Here, changes: Params): string {
  const metric = url.searchParams.get("metric");
  return linkTo(url.pathname, url.searchParams, metric && url.pathname === "/" ? { metric, ...changes } : changes);
}

/** Sign in, then come back to `url`. */
export function signInLink(url: Here): string {
  const to = url.pathname + url.search;
  return to === "/" ? "/sign-in" : `/sign-in?to=${encodeURIComponent(to)}`;
}

/** Where to go after signing in: only a path of this dashboard, because the address came from outside. */
export function safeReturn(to: string | null): string {
  if (!to || !to.startsWith("/")) return "/";
  const url = new URL(to, "http://here.invalid");
  return url.host === "here.invalid" && !url.pathname.startsWith("//") ? url.pathname + url.search : "/";
}
