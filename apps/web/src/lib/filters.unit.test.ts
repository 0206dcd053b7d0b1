import { expect, test } from "vitest";
import { changesBy, chosenNow, turned } from "./choosing.ts";
import { chipsOf, filtersOf, wordsOf } from "./filters.ts";

test("one line of words says the range, what narrows it down, and what of that isn't applied", () => {
  const chips = chipsOf(filtersOf(new URLSearchParams("platform=slack,web,teams&department_not=Sales&type=query")));
  const said = (range: string | null, compared: boolean) =>
    wordsOf(range, chips, [{ field: "type", why: "a" }], compared).map(({ text, off }) => (off ? `(${text})` : text));
  expect(said("Last 28 days", true)).toEqual([
    "Last 28 days",
    "(Query)",
    "Platform is any of 3",
    "not Sales",
    "vs previous",
  ]);
  expect(said(null, false)).toEqual(["(Query)", "Platform is any of 3", "not Sales"]);
});

test("a filter that is turned round takes its values along, and leaves nothing behind", () => {
  const filters = filtersOf(new URLSearchParams("department=Sales,Legal&department_not=Finance&platform_not=web"));
  const now = chosenNow(filters, "department");
  expect(now).toEqual({ values: ["Sales", "Legal"], not: false });
  const other = turned(filters, "department", now);
  expect(other).toEqual({ values: ["Sales", "Legal", "Finance"], not: true });
  expect(changesBy("department", other, now.not)).toEqual({
    department_not: ["Sales", "Legal", "Finance"],
    department: null,
  });
  expect(changesBy("department", now, now.not)).toEqual({ department: ["Sales", "Legal"] });
  expect(changesBy("department", { values: [], not: false }, false)).toEqual({ department: null });
  expect(chosenNow(filters, "platform")).toEqual({ values: ["web"], not: true });
  expect(chosenNow(filters, "department", true)).toEqual({ values: ["Finance"], not: true });
});
