import { IngestRecord } from "@twin/contracts/ingest";
import { addDays } from "@twin/contracts/dates";
import { expect, test } from "vitest";
import { acmeOf, worldRecords } from "./acme.ts";
import { dayOf, instantOf, workload } from "./calendar.ts";
import { type Visit, visitEndingAt, visitsOf } from "./visits.ts";

const filled = "2026-11-20";
const acme = acmeOf(filled);
const activities = (visits: Visit[]) =>
  visits.flatMap(({ records }) => records).filter((record) => record.type === "activity").length;

test("the same day always holds the same visits", () => {
  expect(visitsOf(acmeOf(filled), "2026-11-18")).toEqual(visitsOf(acme, "2026-11-18"));
});

test("every record is one that ingest takes, and ends before it is told", () => {
  const visits = ["2026-03-04", "2026-10-07", "2026-11-18"].flatMap((day) => visitsOf(acme, day));
  for (const record of [...worldRecords(acme, filled), ...visits.flatMap(({ records }) => records)])
    IngestRecord.parse(record);
  for (const { endedAt, records } of visits)
    for (const record of records)
      if (record.type === "activity") expect(Date.parse(record.ended_at!)).toBeLessThanOrEqual(endedAt.getTime());
});

test("a workday is busier than a weekend, an outage and the time before the roll-out", () => {
  const wednesday = activities(visitsOf(acme, "2026-11-18"));
  expect(wednesday).toBeGreaterThan(60);
  for (const quiet of ["2026-11-15", acme.outage, addDays(acme.start, 30)])
    expect(activities(visitsOf(acme, quiet))).toBeLessThan(wednesday / 2);
  expect(workload("2026-04-03")).toBeLessThan(0.1); // Good Friday
});

test("a visit that ends this minute never lies ahead, and most minutes have none", () => {
  const noon = instantOf(filled, 12 * 60).getTime();
  const minutes = Array.from({ length: 200 }, (_, at) => new Date(noon + at * 60_000));
  const visits = minutes.map((now) => ({ now, visit: visitEndingAt(acme, now) })).filter(({ visit }) => visit !== null);
  expect(visits.length).toBeGreaterThan(20);
  expect(visits.length).toBeLessThan(100);
  for (const { now, visit } of visits) expect(visit!.endedAt.getTime()).toBeLessThanOrEqual(now.getTime());
});

test("local midnights follow the clock's changes", () => {
  expect(instantOf("2026-07-01", 0).toISOString()).toBe("2026-06-30T22:00:00.000Z");
  expect(instantOf("2026-12-01", 0).toISOString()).toBe("2026-11-30T23:00:00.000Z");
  expect(dayOf(new Date("2026-11-19T23:30:00Z"))).toBe("2026-11-20");
});
