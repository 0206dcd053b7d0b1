import { filterNames } from "@twin/contracts/vocabulary";
import { expect, test } from "vitest";
import {
  chipsOf,
  chipsText,
  coarseFiltersOf,
  commonFilter,
  filtersOf,
  hasCounts,
  listFilter,
  notAppliedBy,
  partlyAppliedBy,
} from "./filters.ts";
import { actionHere } from "./action-here.ts";
import {
  activitiesLink,
  activityLink,
  cellLink,
  erasuresLink,
  featuresLink,
  filterFields,
  hereWith,
  listCsvLink,
  lifecycleLink,
  monthLink,
  overviewLink,
  peopleLink,
  retentionLink,
  safeReturn,
  sessionLink,
  sessionsLink,
  signInLink,
  twinAskedLink,
  twinsLink,
  userLink,
  usersLink,
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

/** Return addresses that lead elsewhere, as they are written or as a browser reads them. */
const outside = [
  "//evil.example/",
  "//evil.example/activities",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/\\/evil.example",
  "/.//evil.example",
  "/..//evil.example",
  "/x/..//evil.example",
  "/%2e//evil.example",
  "/x/%2E%2e//evil.example",
  "/.\\/evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r\n\\evil.example",
  "/./\t/evil.example",
  "https://evil.example",
  "https:/evil.example",
  "javascript:alert(1)",
  "data:text/html,x",
  " //evil.example",
  "evil.example",
  "./evil",
  "%2F%2Fevil.example",
  "//here.invalid@evil.example",
  "//[",
  "",
  null,
];

test("after signing in one comes back, but only to this dashboard", () => {
  expect(signInLink(new URL("http://x/activities?range=7d"))).toBe("/sign-in?to=%2Factivities%3Frange%3D7d");
  expect(signInLink(new URL(`http://x/activities?platform=${"%F0".repeat(2_000)}`))).toBe("/sign-in");
  for (const to of outside) expect(safeReturn(to), String(to)).toBe("/");
  for (const to of ["/activities?range=7d", "/people?user=a@b.example&department=R%26D", "/?metric=helpful"])
    expect(safeReturn(to)).toBe(to);
  // An address that is only written strangely stays on this dashboard, in whichever way a browser reads it.
  for (const to of [
    "/%2F/evil.example",
    "/%5Cevil.example",
    "/..%2F/evil.example",
    "/a//evil.example",
    "/@evil.example",
  ])
    expect(new URL(safeReturn(to), "https://here.invalid/sign-in").host, to).toBe("here.invalid");
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

test("a form is sent with what the address carries, once", () => {
  const to = (search: string) => actionHere(new URL(`http://x/settings/members${search}`), "change");
  expect(to("")).toBe("?/change");
  expect(to("?range=7d&department=R%26D&/remove=")).toBe("?range=7d&department=R%26D&/change");
});

test("a page strikes out what none of its parts applies, and says what some don't", () => {
  const [type, twin] = [
    { field: "type", why: "a" },
    { field: "twin", why: "b" },
  ];
  expect(notAppliedBy([[type, twin], null, [type]])).toEqual([type]);
  expect(notAppliedBy([[type], []])).toEqual([]);
  expect(notAppliedBy([null])).toEqual([]);
  expect(partlyAppliedBy([[type, twin], null, [type], [type, twin]])).toEqual([twin]);
  expect(partlyAppliedBy([[type], [type]])).toEqual([]);
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

test("the file of a list is of what the address asks for, from its beginning", () => {
  const here = (pathname: string, search: string) => ({ pathname, search, searchParams: new URLSearchParams(search) });
  expect(listCsvLink(here("/activities", "?range=7d&type=query&cursor=abc&peek=x"))).toBe(
    "/activities/export.csv?range=7d&type=query",
  );
  expect(listCsvLink(here("/people", "?who=new&platform=slack&cursor=abc"))).toBe(
    "/people/export.csv?platform=slack&who=new",
  );
  expect(listCsvLink(here("/users", ""))).toBe("/users/export.csv");
});

test("each page is at its own address, with what it takes along", () => {
  expect([retentionLink, featuresLink].map((link) => link(params))).toEqual(
    ["/retention", "/features"].map((path) => `${path}?range=7d&platform=slack,web&department=R%26D`),
  );
  expect([usersLink, erasuresLink, lifecycleLink].map((link) => link(params))).toEqual([
    "/users?range=7d&platform=slack,web&department=R%26D",
    "/users/erasures?range=7d&platform=slack,web&department=R%26D",
    "/lifecycle?range=7d&platform=slack,web&department=R%26D",
  ]);
  expect(activityLink("a1", params)).toBe("/activities/a1?range=7d&platform=slack,web&department=R%26D");
  expect([userLink("u1", params), userLink("u1", params, "privacy", { range: null })]).toEqual([
    "/users/u1?range=7d&platform=slack,web&department=R%26D",
    "/users/u1/privacy?platform=slack,web&department=R%26D",
  ]);
  expect(["2024-02", "2026-12"].map(monthLink)).toEqual([
    "/activities?from=2024-02-01&to=2024-02-29",
    "/activities?from=2026-12-01&to=2026-12-31",
  ]);
  // 365 days with today.
  expect(twinAskedLink("t1", "u1", "2026-11-22")).toBe("/activities?from=2025-11-23&to=2026-11-22&twin=t1&user=u1");
  const compared = new URLSearchParams("compare=previous");
  expect([overviewLink, activitiesLink, peopleLink, sessionsLink].map((link) => link(compared))).toEqual([
    "/?compare=previous",
    "/activities?compare=previous",
    "/people",
    "/sessions",
  ]);
});

test("every filter goes into the address and comes back as what every question takes", () => {
  for (const field of filterFields) {
    const values = field.startsWith("type") ? ["query", "shared"] : [`${field} a`, "b&c=d", "é+%"];
    const link = overviewLink(new URLSearchParams(), { [field]: values });
    const read = filtersOf(new URL(link, "http://x").searchParams);
    expect(commonFilter(read), link).toEqual({ [field]: values });
    expect(chipsOf(read), link).toMatchObject([{ name: field, is: field.endsWith("_not") ? "is not" : "is" }]);
  }
  expect(filterFields.length).toBe(2 * filterNames.length);
});

test("lists ask for what only they know, and choices have counts only without it", () => {
  const asked = (search: string) => {
    const filters = filtersOf(new URLSearchParams(search));
    const known = Object.entries(listFilter(filters)).filter(([, value]) => value !== undefined);
    return [Object.fromEntries(known), hasCounts(filters)];
  };
  const session = "0198c0de-0000-7000-8000-000000000000";
  expect(asked("platform=slack&type=query")).toEqual([{ platform: ["slack"], type: ["query"] }, true]);
  expect(asked("weekday_hour=tue-09")).toEqual([{ weekday_hour: "tue-9" }, false]);
  expect(asked("feature=info_retrieved")).toEqual([{ feature: "info_retrieved" }, false]);
  expect(asked("by=messages")).toEqual([{ with_messages: "any" }, false]);
  expect(asked("by=questions")).toEqual([{ with_messages: "user" }, false]);
  expect(asked(`session=${session}`)).toEqual([{ session }, false]);
  expect(asked("owner_department=Sales,(none)")).toEqual([{ owner_department: ["Sales", "(none)"] }, false]);
  expect(asked("same_department=no")).toEqual([{ same_department: "no" }, false]);
  expect(asked("feature=shared_interaction&was_helpful=none,yes")).toEqual([
    { feature: "shared_interaction", was_helpful: ["yes", "none"] },
    false,
  ]);
  for (const nonsense of ["weekday_hour=xyz-9", "feature=no", "by=no", "session=1", "same_department=maybe", "type=no"])
    expect(asked(nonsense)).toEqual([{}, true]);
});

test("what only activities know is said in chips, too", () => {
  const session = "0198c0de-0000-7000-8000-000000000000";
  const said = (search: string, names?: Record<string, string>) =>
    chipsText(chipsOf(filtersOf(new URLSearchParams(search)), names));
  expect(said("same_department=yes&owner_department=Sales")).toBe(
    "Twin’s department is Sales, Twin’s department is the asker’s own",
  );
  expect(said("same_department=no")).toBe("Twin’s department is another");
  expect(said("by=messages")).toBe("Day is when messages were written");
  expect(said("by=questions")).toBe("Day is when people wrote messages");
  expect(said(`session=${session}`)).toBe("Session is 0198c0de");
  expect(said(`session=${session}`, { [session]: "Tue 9:00" })).toBe("Session is Tue 9:00");
  expect(said(`user=${session}&twin=a@b.example`)).toBe("Twin is a@b.example, Person is 0198c0de");
  expect(said("company=(none)&platform_not=teams")).toBe("Platform is not Teams, Company is No company");
});
