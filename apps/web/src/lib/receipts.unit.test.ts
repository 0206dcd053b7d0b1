import type { Receipt } from "@twin/contracts/receipts";
import { expect, test } from "vitest";
import { receiptLines, receiptSentences } from "./receipt-words.ts";
import { receiptOf } from "./receipts.ts";

const receipt: Receipt = {
  start_date: "2026-11-17",
  end_date: "2026-11-17",
  figure: "total_active_users",
  value: 39,
  definition: "People of whom at least one session started on the day, each counted once.",
  sources: [{ table: "sessions", rows: 61 }],
  from: "2026-11-16T23:00:00.000Z",
  to: "2026-11-17T23:00:00.000Z",
  not_applied: [],
  timezone: "Europe/Berlin",
  computed_at: "2026-11-22T09:29:07.000Z",
  job: { id: 12, task: "rollup", started_at: "2026-11-22T09:29:06.000Z" },
  days: { live: 0, open: 1, sealed: 0 },
  last_record_at: "2026-11-18T06:00:00.000Z",
  recomputed: 39,
};
const lines = (changes: Partial<Receipt> = {}) => receiptLines({ ...receipt, ...changes }, "2026-11-22");

test("a receipt says where a figure came from, in the organisation's zone", () => {
  expect(lines()).toEqual([
    ["The day", "Tue 17 Nov 00:00 to Wed 18 Nov 00:00, Europe/Berlin"],
    ["Made from", "sessions: 61 raw rows"],
    ["Computed", "today, 10:29:07"],
    ["By", "rollup, run 12"],
    ["Last record", "Wed 18 Nov 2026, 07:00:00"],
    ["State", "Open: whatever comes late corrects it"],
    ["Recomputed now", "39, the same"],
  ]);
});

test("what is about to change, and what is final, says so", () => {
  expect(lines({ recomputed: 40 }).at(-1)).toEqual(["Recomputed now", "40: the figure follows in a moment"]);
  const sealed = lines({
    days: { live: 0, open: 0, sealed: 1 },
    recomputed: null,
    job: null,
    sources: [{ table: "sessions", rows: null }],
  });
  expect(sealed.map(([name, text]) => `${name}: ${text}`)).toContain("Made from: sessions: raw rows purged by policy");
  expect(sealed.at(-1)![1]).toBe("not done: the day is final");
});

test("of several days it says how many are final", () => {
  const of28 = { start_date: "2026-10-26", end_date: "2026-11-22", days: { live: 1, open: 20, sealed: 7 } };
  expect(lines({ ...of28, recomputed: null }).slice(-2)).toEqual([
    ["State", "7 days sealed: final; 20 days open: whatever comes late corrects it; today live"],
    ["From raw rows", "day by day: the table of the chart asks why of each"],
  ]);
});

test("whoever reads the dashboard is told it in sentences, and what narrows it down", () => {
  const said = (changes: Partial<Receipt>, asked = "") =>
    receiptSentences({ ...receipt, ...changes }, "2026-11-22", asked);
  expect(said({})).toEqual([
    "Counted from 61 sessions.",
    "The newest of it came in Wed 18 Nov 2026 at 07:00.",
    "It changes if something of that day still comes in.",
    "Counted anew just now, it is the same.",
  ]);
  expect(said({ sources: [{ table: "documents", rows: 1 }], recomputed: 40 }, "Platform is Slack")).toEqual([
    "Counted from 1 document.",
    "Only where Platform is Slack.",
    "The newest of it came in Wed 18 Nov 2026 at 07:00.",
    "It changes if something of that day still comes in.",
    "Counted anew just now, it is 40: the number follows in a moment.",
  ]);
  const sealed = { sources: [{ table: "sessions", rows: null }], recomputed: null, last_record_at: null };
  expect(said({ ...sealed, days: { live: 0, open: 0, sealed: 1 } })).toEqual([
    "The sessions behind it were deleted by policy; the number stays.",
    "It is final.",
  ]);
  const of28 = { ...sealed, start_date: "2026-10-26", end_date: "2026-11-22" };
  const ends = (live: number, open: number, sealedDays: number) =>
    said({ ...of28, days: { live, open, sealed: sealedDays } }).at(-1);
  expect([ends(1, 20, 7), ends(0, 28, 0), ends(1, 27, 0), ends(0, 0, 28)]).toEqual([
    "7 days are final; the others change today, and if something of them still comes in.",
    "It changes if something of these days still comes in.",
    "It changes today, and if something of these days still comes in.",
    "It is final.",
  ]);
});

test("only figures that are stored have one", () => {
  expect(["users", "documents", "helpful", "toString", null].map(receiptOf)).toEqual([
    "total_active_users",
    "total_documents_drafted",
    "helpful",
    null,
    null,
  ]);
});
