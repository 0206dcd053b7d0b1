import { expect, test } from "vitest";
import { sortOf, sortParams } from "./sorting.ts";

const of = (text: string) => sortOf(new URLSearchParams(text));

test("most asked first is the default, and what the address says wrongly is the default", () => {
  expect(of("")).toEqual({ sort: "activities", order: "desc" });
  expect(of("sort=nonsense&order=up")).toEqual({ sort: "activities", order: "desc" });
  expect(of("sort=name")).toEqual({ sort: "name", order: "asc" });
  expect(of("sort=name&order=desc")).toEqual({ sort: "name", order: "desc" });
});

test("a column sorts its own way first, and turns round when chosen again; defaults leave the address", () => {
  expect(sortParams("name", of(""))).toEqual({ sort: "name", order: null });
  expect(sortParams("name", of("sort=name"))).toEqual({ sort: "name", order: "desc" });
  expect(sortParams("name", of("sort=name&order=desc"))).toEqual({ sort: "name", order: null });
  expect(sortParams("activities", of("sort=name"))).toEqual({ sort: null, order: null });
  expect(sortParams("activities", of(""))).toEqual({ sort: null, order: "asc" });
});
