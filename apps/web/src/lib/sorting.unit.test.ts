import { expect, test } from "vitest";
import { sortRows } from "./sorting.ts";

test("rows are sorted by names as people read them, or by numbers; what has none comes last either way, equals stay", () => {
  const rows = [
    { name: "émile", n: 2 },
    { name: "Zoe", n: null },
    { name: "Eve 10", n: 2 },
    { name: "eve 9", n: -1 },
  ];
  const by = (valueOf: (row: (typeof rows)[number]) => string | number | null, order: "asc" | "desc") =>
    sortRows(rows, valueOf, order).map(({ name }) => name);
  expect(by(({ name }) => name, "asc")).toEqual(["émile", "eve 9", "Eve 10", "Zoe"]);
  expect(by(({ name }) => name, "desc")).toEqual(["Zoe", "Eve 10", "eve 9", "émile"]);
  expect(by(({ n }) => n, "asc")).toEqual(["eve 9", "émile", "Eve 10", "Zoe"]);
  expect(by(({ n }) => n, "desc")).toEqual(["émile", "Eve 10", "eve 9", "Zoe"]);
});
