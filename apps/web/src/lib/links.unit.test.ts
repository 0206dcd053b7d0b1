import { expect, test } from "vitest";
import { chipsOf, chipsText, coarseFiltersOf, commonFilter, filtersOf, notAppliedBy } from "./filters.ts";
import {
  activitiesLink,
  cellLink,
  hereWith,
  overviewLink,
  peopleLink,
  safeReturn,
  sessionLink,
  sessionsLink,
  signInLink,
  twinsLink,
  usesLink,
} from "./links.ts";

const params = new URLSearchParams("range=7d&platform=slack,web&department=R%26D&cursor=abc&peek=1");

test("range and filters go along, a cursor and a peek don't", () => {
  expect(activitiesLink(params)).toBe("/activities?range=7d&platform=slack,web&department=R%26D");
  expect(overviewLink(params, { platform: null })).toBe("/?range=7d&department=R%26D");
  expect(activitiesLink(new URLSearchParams())).toBe("/activities");
  expect(activitiesLink(params, { range: null, day: "2026-11-12", user: "a@b.example" })).toBe(
    "/activities?day=2026-11-12&platform=slack,web&department=R%26D&user=a@b.example",
  );
});

test("filters of activities stay with their lists, and a chip says each", () => {
  const fine = new URLSearchParams("weekday_hour=tue-09&feature=shared_interaction&was_helpful=no,yes,maybe");
  expect(activitiesLink(fine)).toContain("?weekday_hour=tue-09&feature=shared_interaction&was_helpful=");
  expect(overviewLink(fine)).toBe("/");
  expect(chipsOf(coarseFiltersOf(fine))).toEqual([]);
  expect(chipsOf(filtersOf(fine)).map(({ label, is, value }) => `${label} ${is} ${value}`)).toEqual([
    "Hour is Tue 9:00",
    "Feature is Shared interaction",
    "Answer is helpful or not helpful",
  ]);
  expect(chipsOf(filtersOf(new URLSearchParams("weekday_hour=tue-24&was_helpful=yes&feature=handoff")))).toEqual([]);
  expect(chipsOf(filtersOf(new URLSearchParams("department=(none)")))).toMatchObject([{ value: "No department" }]);
});

test("uses lead to what they count: records, conversations with messages, events that senders recorded", () => {
  expect(usesLink(params, "info_retrieved", { department: null })).toBe(
    "/activities?range=7d&platform=slack,web&feature=info_retrieved",
  );
  expect(usesLink(params, "question_asked", { platform: null, department: null })).toBe(
    "/activities?range=7d&by=questions",
  );
  expect(usesLink(params, "handoff", { platform: null, department: null })).toBe("/features/handoff?range=7d");
});

test("sessions carry days and filters, one session its own days and nothing else", () => {
  expect(sessionsLink(params, { department: null })).toBe("/sessions?range=7d&platform=slack,web");
  const id = "0198c0de-0000-7000-8000-000000000000";
  expect(sessionLink(id, "2026-11-02", "2026-11-02")).toBe(`/activities?day=2026-11-02&session=${id}`);
  expect(sessionLink(id, "2026-11-02", "2026-11-03")).toBe(`/activities?from=2026-11-02&to=2026-11-03&session=${id}`);
});

test("a form that names a filter twice means both", () => {
  expect(activitiesLink(new URLSearchParams("platform=slack&platform=web"))).toBe("/activities?platform=slack,web");
  expect(filtersOf(new URLSearchParams("type=query&type=nonsense&type=shared&type=query")).type).toEqual([
    "query",
    "shared",
  ]);
});

test("the Overview keeps its tab under another range", () => {
  expect(hereWith(new URL("http://x/?metric=helpful&range=7d"), { range: null })).toBe("/?metric=helpful");
});

test("after signing in one comes back, but only to this dashboard", () => {
  expect(signInLink(new URL("http://x/activities?range=7d"))).toBe("/sign-in?to=%2Factivities%3Frange%3D7d");
  expect(signInLink(new URL(`http://x/activities?platform=${"%F0".repeat(2_000)}`))).toBe("/sign-in");
  for (const to of ["//evil.example/", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", null])
    expect(safeReturn(to)).toBe("/");
  expect(safeReturn("/activities?range=7d")).toBe("/activities?range=7d");
});

test("chips say what is filtered in words", () => {
  const filters = filtersOf(
    new URLSearchParams("type=query&platform=slack,web,teams&twin=0198c0de-0000-7000-8000-000000000000"),
  );
  expect(
    chipsOf(filters, { "0198c0de-0000-7000-8000-000000000000": "Sarah’s Twin" }).map(
      (chip) => `${chip.label} is ${chip.value}`,
    ),
  ).toEqual(["Type is Query", "Platform is any of 3", "Twin is Sarah’s Twin"]);
});

test("a name with a comma is said by repeating it, and read as one", () => {
  const link = activitiesLink(params, { department: ["R&D, Labs"], platform: null });
  expect(link).toBe("/activities?range=7d&department=R%26D%2C%20Labs&department=R%26D%2C%20Labs");
  const read = new URL(link, "http://x").searchParams;
  expect(filtersOf(read).department).toEqual(["R&D, Labs"]);
  expect(overviewLink(read)).toBe(link.replace("/activities", "/"));
  const two = overviewLink(read, { department: ["R&D, Labs", "Sales"] });
  expect(filtersOf(new URL(two, "http://x").searchParams).department).toEqual(["R&D, Labs", "Sales"]);
  expect(filtersOf(new URLSearchParams("department=R,D")).department).toEqual(["R", "D"]);
});

test("what isn't wanted goes along like what is, and reads so", () => {
  const not = new URLSearchParams("department_not=Sales,(none)&company=Acme&source=slack:T1");
  expect(peopleLink(not)).toBe("/people?department_not=Sales,(none)&company=Acme&source=slack%3AT1");
  expect(chipsText(chipsOf(coarseFiltersOf(not)))).toBe(
    "Department is not Sales or No department, Company is Acme, Source is slack:T1",
  );
  expect(commonFilter(filtersOf(not))).toEqual({
    department_not: ["Sales", "(none)"],
    company: ["Acme"],
    source: ["slack:T1"],
  });
});

test("a page strikes out what none of its parts applies", () => {
  const [type, twin] = [
    { field: "type", why: "a" },
    { field: "twin", why: "b" },
  ];
  expect(notAppliedBy([[type, twin], null, [type]])).toEqual([type]);
  expect(notAppliedBy([[type], []])).toEqual([]);
  expect(notAppliedBy([null])).toEqual([]);
});

test("every page of figures carries the filters; Retention looks further unless asked", () => {
  expect(twinsLink(params)).toBe("/twins?range=7d&platform=slack,web&department=R%26D");
  expect(cellLink(params, { cohort: "2026-11-02", day: null })).toBe(
    "/people?platform=slack,web&department=R%26D&cohort=2026-11-02",
  );
  expect(peopleLink(params, { who: "new" })).toBe("/people?range=7d&platform=slack,web&department=R%26D&who=new");
  const here = (search: string) => new URL(`http://x/retention${search}`);
  expect(hereWith(here("?period=day&match=on_or_after"), { range: "7d", offset: null })).toBe(
    "/retention?range=7d&period=day&match=on_or_after",
  );
  expect(hereWith(here(""), { range: null, offset: null })).toBe("/retention?range=28d");
  expect(hereWith(here("?range=28d"), { range: "91d", offset: null })).toBe("/retention");
  expect(hereWith(here(""), { range: "91d", offset: "-1" })).toBe("/retention?range=91d&offset=-1");
  expect(hereWith(here("?range=7d"), { range: null, day: "2026-11-02" })).toBe("/retention?day=2026-11-02");
});
