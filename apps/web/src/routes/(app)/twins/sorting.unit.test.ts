import { expect, test } from "vitest";
import { twinSorting } from "./sorting.ts";

const of = (text: string) => twinSorting.of(new URLSearchParams(text));

test("most asked first is the default, and what the address says wrongly is the default", () => {
  expect(of("")).toEqual({ sort: "activities", order: "desc" });
  expect(of("sort=nonsense&order=up")).toEqual({ sort: "activities", order: "desc" });
  expect(of("sort=name")).toEqual({ sort: "name", order: "asc" });
  expect(of("sort=name&order=desc")).toEqual({ sort: "name", order: "desc" });
});

test("a column sorts its own way first, and turns round when chosen again; defaults leave the address", () => {
  expect(twinSorting.params("name", of(""))).toEqual({ sort: "name", order: null });
  expect(twinSorting.params("name", of("sort=name"))).toEqual({ sort: "name", order: "desc" });
  expect(twinSorting.params("name", of("sort=name&order=desc"))).toEqual({ sort: "name", order: null });
  expect(twinSorting.params("activities", of("sort=name"))).toEqual({ sort: null, order: null });
  expect(twinSorting.params("activities", of(""))).toEqual({ sort: null, order: "asc" });
});
