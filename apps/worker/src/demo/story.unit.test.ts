import { addDays } from "@twin/contracts/dates";
import { bucketOf } from "@twin/contracts/calendar";
import type { RecordOf } from "@twin/contracts/ingest";
import { expect, test } from "vitest";
import { acmeOf } from "./acme.ts";
import { weekday } from "./calendar.ts";
import { retrainedTwin, sharedAssistant } from "./story.ts";
import { visitsOf } from "./visits.ts";

// A day of the month on which the newest cohort is a whole month old.
const filled = "2026-11-30";
const acme = acmeOf(filled);

type Told = { day: string; records: ReturnType<typeof visitsOf>[number]["records"] };
const told: Told[] = [];
for (let day = acme.start; day <= filled; day = addDays(day, 1))
  told.push({ day, records: visitsOf(acme, day).flatMap(({ records }) => records) });

const activitiesOf = ({ records }: Told) =>
  records.filter((record): record is RecordOf<"activity"> => record.type === "activity");
const between = (first: string, last: string) => told.filter(({ day }) => day >= first && day <= last);
const last28 = between(addDays(filled, -28), addDays(filled, -1));
const before28 = between(addDays(filled, -56), addDays(filled, -29));
const activeIn = (days: Told[]) => new Set(days.flatMap(activitiesOf).map(({ user }) => user));
const usersOf = (days: Told[], feature: string) =>
  new Set(
    days
      .flatMap(({ records }) => records)
      .flatMap((record) => (record.type === "feature" && record.feature_name === feature ? [record.user] : [])),
  ).size;
const twinNamed = (name: string) => acme.twins.find((twin) => twin.name === name)!;

const firstDays = new Map<string, string>();
for (const day of told)
  for (const { user } of activitiesOf(day)) if (!firstDays.has(user!)) firstDays.set(user!, day.day);
const months = [...new Set(told.map(({ day }) => bucketOf(day, "month")))];
const cohortOf = (month: string) =>
  [...firstDays].filter(([, day]) => bucketOf(day, "month") === month).map(([user]) => user);
const activeInMonth = new Map(
  months.map((month) => [month, activeIn(told.filter(({ day }) => bucketOf(day, "month") === month))]),
);

test("about 600 people come over 14 months, each with a name and address of their own", () => {
  expect(acme.people.length).toBeGreaterThan(580);
  expect(acme.people.length).toBeLessThan(640);
  expect(new Set(acme.people.map(({ name }) => name)).size).toBe(acme.people.length);
  expect(new Set(acme.people.map(({ email }) => email)).size).toBe(acme.people.length);
  expect(firstDays.size).toBeGreaterThan(acme.people.length * 0.98);
  expect(months.length).toBeGreaterThanOrEqual(14);
});

test("each month brings a cohort of 20 and more, and the two waves bring 100", () => {
  const sizes = months.slice(1).map((month) => cohortOf(month).length);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(20);
  expect(sizes.filter((size) => size > 100).length).toBe(2);
});

test("the waves go by department: a pilot of two, then Sales, then the others", () => {
  const first = (department: string) =>
    acme.people
      .filter((person) => person.department === department)
      .map(({ joined }) => joined)
      .toSorted()[0]!;
  const week = addDays(acme.start, 7);
  for (const pilot of ["Engineering", "Customer Success"]) expect(first(pilot) < week).toBe(true);
  expect(first("Sales") > addDays(acme.start, 100)).toBe(true);
  for (const late of ["Marketing", "Finance", "People"]) expect(first(late) > addDays(first("Sales"), 90)).toBe(true);
});

test("from cohort to cohort and month to month retention differs by 40 points and more", () => {
  const shares = months.slice(1, -1).flatMap((month) => {
    const cohort = cohortOf(month);
    return months
      .filter((later) => later > month && later < months.at(-1)!)
      .map((later) => cohort.filter((user) => activeInMonth.get(later)!.has(user)).length / cohort.length);
  });
  expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(0.4);
});

test("features are adopted by 20 to 90 per cent: one catches on, and one dies", () => {
  const active = activeIn(last28).size;
  const share = (feature: string) => usersOf(last28, feature) / active;
  expect(usersOf(last28, "meeting_brief")).toBeGreaterThan(2 * usersOf(before28, "meeting_brief"));
  expect(share("meeting_brief")).toBeGreaterThan(0.4);
  expect(usersOf(last28, "slide_export")).toBeLessThan(usersOf(before28, "slide_export") / 4);
  const kinds = (["conversation", "query", "document"] as const).map(
    (kind) =>
      new Set(
        last28
          .flatMap(activitiesOf)
          .filter((one) => one.activity_type === kind)
          .map(({ user }) => user),
      ).size / active,
  );
  // Who asks somebody else's twin shares it.
  const owners = new Map(acme.twins.map(({ id, owner }) => [id, owner.id]));
  const sharing = new Set(
    last28
      .flatMap(activitiesOf)
      .filter(({ twin, user }) => owners.get(twin!) !== user)
      .map(({ user }) => user),
  );
  for (const one of [...kinds, sharing.size / active, share("meeting_brief"), share("calendar_lookup")]) {
    expect(one).toBeGreaterThan(0.2);
    expect(one).toBeLessThan(0.9);
  }
});

test("while Slack was out, on a workday, hardly anyone used it", () => {
  const onSlack = (day: string) =>
    activitiesOf(told.find((one) => one.day === day)!).filter(({ platform }) => platform === "slack").length;
  expect(weekday(acme.outage)).toBeLessThan(5);
  expect(onSlack(acme.outage)).toBeLessThan(onSlack(addDays(acme.outage, -7)) / 4);
});

test("the end of the year is quiet", () => {
  const count = (first: string, last: string) => between(first, last).flatMap(activitiesOf).length;
  expect(count("2025-12-22", "2026-01-04")).toBeLessThan(count("2025-12-08", "2025-12-21") / 2);
});

test("since it was trained anew one twin helps less, and the others as before", () => {
  const helpful = (days: Told[], isMeant: (twin: string) => boolean) => {
    const rated = days
      .flatMap(activitiesOf)
      .filter(({ twin, shared }) => isMeant(twin!) && shared?.was_helpful != null);
    return rated.filter(({ shared }) => shared?.was_helpful).length / rated.length;
  };
  const { id } = twinNamed(retrainedTwin);
  const after = between(acme.retrained, filled);
  const before = between(addDays(acme.retrained, -90), addDays(acme.retrained, -1));
  expect(helpful(before, (twin) => twin === id) - helpful(after, (twin) => twin === id)).toBeGreaterThan(0.2);
  expect(Math.abs(helpful(before, (twin) => twin !== id) - helpful(after, (twin) => twin !== id))).toBeLessThan(0.05);
});

test("everybody leans on the shared assistant: it is asked most, by more than half, of every department", () => {
  const { id } = twinNamed(sharedAssistant);
  const asked = new Map<string, number>();
  for (const { twin } of last28.flatMap(activitiesOf)) asked.set(twin!, (asked.get(twin!) ?? 0) + 1);
  expect([...asked].toSorted(([, a], [, b]) => b - a)[0]![0]).toBe(id);
  const askers = new Set(
    last28
      .flatMap(activitiesOf)
      .filter(({ twin }) => twin === id)
      .map(({ user }) => user),
  );
  expect(askers.size).toBeGreaterThan(activeIn(last28).size / 2);
  const departments = acme.people.filter((person) => askers.has(person.id)).map(({ department }) => department);
  expect(new Set(departments).size).toBe(6);
});

test("some people have left, and are not seen again", () => {
  const gone = acme.people.filter(({ left }) => left !== null && left <= filled);
  expect(gone.length).toBeGreaterThan(15);
  for (const { day, records } of last28)
    for (const person of gone)
      if (person.left! <= day)
        expect(records.some((record) => "user" in record && record.user === person.id)).toBe(false);
});

test("the story follows the day on which it is filled", () => {
  const other = acmeOf("2027-03-10");
  expect(weekday(other.outage)).toBeLessThan(5);
  expect(other.people.length).toBeGreaterThan(580);
  expect(visitsOf(other, addDays("2027-03-10", -1)).length).toBeGreaterThan(30);
});
