import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pageAt, pages } from "./pages.ts";

const routes = globSync("**/+page.svelte", { cwd: join(import.meta.dirname, "../routes/(app)") }).map(
  (file) => `/${file.replace(/\/?\+page\.svelte$/, "")}`,
);

test("every route behind the sign-in is of a page, and every page is there", () => {
  const pathOf = (route: string) => pageAt(route.replaceAll(/\[[a-z]+\]/g, "x")).path;
  expect(routes.filter((route) => route !== "/" && pathOf(route) === "/")).toEqual([]);
  expect(pages.map(({ path }) => path).filter((path) => !routes.map(pathOf).includes(path))).toEqual([]);
});

test("a page has its name, path and key for itself", () => {
  for (const all of [
    pages.map(({ name }) => name),
    pages.map(({ path }) => path),
    pages.flatMap(({ nav }) => nav?.key ?? []),
  ])
    expect(all.toSorted()).toEqual([...new Set(all)].toSorted());
});

test("what lies below a page is a page by itself", () => {
  expect(
    ["/", "/activities", "/activities/x", "/users/x/privacy", "/features/x"].map((path) => pageAt(path).name),
  ).toEqual(["Overview", "Activities", "Activity", "Profile", "Uses of a feature"]);
});
