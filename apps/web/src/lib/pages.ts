import type { Permission } from "@twin/contracts/vocabulary";
import type { RangeToken } from "./range.ts";
import type { IconName } from "./ui/Icon.svelte";

/** What a page shows is narrowed down by: the filters of figures, also those of lists of activities, or nothing. */
export type PageFilters = "figures" | "activities" | null;

/** What the shell, links, shortcuts and tests know of a page. Those below one (`/activities/…`) are a page too. */
export type Page = {
  /** Where it is; a path that ends in a slash stands for all below it. */
  path: string;
  name: string;
  /** In the navigation: the key that follows `g`; `apart`: behind a line; `first`: on a phone before the others. */
  nav?: { key: string; icon: IconName; permission: Permission; apart?: true; first?: true };
  /** Whether it shows days that one chooses, and which where the address names none. */
  range?: true | RangeToken;
  /** Whether its figures are compared with the range before. */
  compares?: true;
  filters: PageFilters;
  /** What its JavaScript may weigh, where that is more than a table's. */
  budget?: "chart";
  /** Its own parameters in the address, kept when range or filter change. */
  own?: readonly string[];
};

/** Every page behind the sign-in, in the order of the navigation. */
export const pages: readonly Page[] = [
  {
    path: "/",
    name: "Overview",
    nav: { key: "o", icon: "overview", permission: "activities.read", first: true },
    range: true,
    compares: true,
    filters: "figures",
    own: ["metric"],
    budget: "chart",
  },
  {
    path: "/activities",
    name: "Activities",
    nav: { key: "a", icon: "activities", permission: "activities.read", first: true },
    range: true,
    filters: "activities",
  },
  // Filters and days of one activity are those of the list behind it.
  { path: "/activities/", name: "Activity", filters: "activities" },
  {
    path: "/retention",
    name: "Retention",
    nav: { key: "r", icon: "retention", permission: "activities.read", first: true },
    range: "91d",
    filters: "figures",
    own: ["period", "mode", "match"],
  },
  {
    path: "/engagement",
    name: "Engagement",
    nav: { key: "e", icon: "engagement", permission: "activities.read" },
    range: true,
    compares: true,
    filters: "figures",
    own: ["metric", "period", "sort", "order", "days_sort", "days_order"],
    budget: "chart",
  },
  {
    path: "/features",
    name: "Features",
    nav: { key: "f", icon: "features", permission: "activities.read" },
    range: true,
    compares: true,
    filters: "figures",
    own: ["sort", "order"],
    budget: "chart",
  },
  { path: "/features/", name: "Uses of a feature", range: true, filters: "figures" },
  {
    path: "/twins",
    name: "Twins",
    nav: { key: "t", icon: "twins", permission: "activities.read" },
    range: true,
    filters: "figures",
    own: ["sort", "order", "all"],
  },
  {
    path: "/twins/",
    name: "Twin",
    range: true,
    compares: true,
    filters: "figures",
    own: ["sort", "order"],
    budget: "chart",
  },
  {
    path: "/people",
    name: "People",
    range: true,
    filters: "figures",
    own: [
      "who",
      "feature",
      "used",
      "unused",
      "after",
      "cohort",
      "cohort_period",
      "cell",
      "mode",
      "match",
      "interval",
      "periods",
      "stage",
      "sort",
      "order",
    ],
  },
  { path: "/sessions", name: "Sessions", range: true, filters: "figures" },
  {
    path: "/users",
    name: "Users",
    nav: { key: "u", icon: "person", permission: "activities.read", first: true },
    filters: "figures",
    own: ["search", "sort", "order"],
  },
  { path: "/users/", name: "Profile", filters: null, own: ["sort", "order"] },
  {
    path: "/lifecycle",
    name: "Data lifecycle",
    nav: { key: "l", icon: "archive", permission: "lifecycle.read", apart: true },
    filters: null,
  },
  {
    path: "/audit",
    name: "Audit",
    nav: { key: "i", icon: "eye", permission: "audit.read" },
    range: true,
    filters: null,
    own: ["actor", "action", "object"],
  },
  {
    path: "/settings/members",
    name: "Members",
    nav: { key: "m", icon: "members", permission: "members.write" },
    filters: null,
    own: ["sort", "order"],
  },
  {
    path: "/settings/keys",
    name: "API keys",
    nav: { key: "k", icon: "key", permission: "keys.manage" },
    filters: null,
  },
  { path: "/settings/demonstration", name: "Demonstration", filters: null },
  { path: "/account", name: "Your account", filters: null },
];

/** The page at a path: its own, or that for all below it. */
export const pageAt = (pathname: string): Page =>
  pages.find(({ path }) => path === pathname) ??
  pages.find(({ path }) => path !== "/" && path.endsWith("/") && pathname.startsWith(path)) ??
  pages[0]!;
