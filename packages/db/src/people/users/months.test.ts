import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { readerOf } from "../../../test/figures/active-days.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import { rollupOrganization } from "../../figures/rollup.ts";
import { listUserMonths } from "./months.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
let sender: Sender;
let ids: Record<string, string>;

beforeAll(async () => {
  // Late on 31 December in UTC is January in Berlin.
  sender = await makeSender(application.db, "Europe/Berlin");
  const at = (day: string, minutes?: number) => {
    const started = `${day}T23:30:00.000Z`;
    const ended_at = minutes && new Date(Date.parse(started) + minutes * 60_000).toISOString();
    return conversation(day, started, { ...(ended_at && { ended_at }) });
  };
  const { rejected } = await sender.send(
    [...people, at("2025-12-31", 10), at("2026-01-05", 25), at("2026-01-06"), at("2026-03-02")],
    { now },
  );
  expect(rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  const { rows } = await database.pool.query<{ email: string; id: string }>(
    "select email, id from users where org_id = $1",
    [sender.org_id],
  );
  ids = Object.fromEntries(rows.map(({ email, id }) => [email.split(".")[0]!, id]));
});

const months = (user_id: string, org_id = sender.org_id) =>
  listUserMonths(application.db, readerOf(org_id), { user_id }, now);

test("a person's months are local ones, the newest first, and those without anything between them are zero", async () => {
  expect(await months(ids["sarah"]!)).toEqual({
    timezone: "Europe/Berlin",
    today: "2026-03-20",
    months: [
      { month: "2026-03-01", session_count: 1, activity_count: 1, avg_duration: null },
      { month: "2026-02-01", session_count: 0, activity_count: 0, avg_duration: null },
      { month: "2026-01-01", session_count: 3, activity_count: 3, avg_duration: (10 * 60 + 25 * 60) / 2 },
    ],
  });
});

test("who did nothing has no months, and somebody of another organisation isn't found", async () => {
  expect((await months(ids["mike"]!)).months).toEqual([]);
  const other = await makeSender(application.db);
  await expect(months(ids["sarah"]!, other.org_id)).rejects.toMatchObject({ code: "NOT_FOUND" });
});
