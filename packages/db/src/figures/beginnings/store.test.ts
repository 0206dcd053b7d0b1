import { expect, test } from "vitest";
import { differences } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, type Sender, useApplication } from "../../../test/ingesting.ts";
import { rollupOrganization } from "../rollup.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");

const person = (of: number, extra: object = {}) => ({
  type: "user",
  external_id: `u${of}`,
  email: `person${of}@acme.example`,
  full_name: `Person ${of}`,
  ...extra,
});
const cast = [
  person(1),
  person(2),
  { type: "twin", external_id: "t1", user: "u1", name: "Twin 1" },
  { type: "twin", external_id: "t2", user: "u2", name: "Twin 2" },
];
const at = (day: string) => `2026-03-${day}T10:00:00.000Z`;
const talk = (id: string, day: string, extra: object = {}) => conversation(id, at(day), extra);

async function tell(sender: Sender, ...records: unknown[]): Promise<void> {
  expect((await sender.send(records, { now })).rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  expect(await differences(application.db, sender.org_id, now)).toEqual([]);
}
const ask = async (sender: Sender, text: string) =>
  (await database.pool.query({ text, values: [sender.org_id], rowMode: "array" })).rows;
const createdOf = (sender: Sender) =>
  ask(
    sender,
    "select n, created_at_source, to_char(created_at at time zone 'UTC', 'DD HH24:MI') from users where org_id = $1 order by n",
  );
/** Days on which someone is new, and how many. */
const newOn = (sender: Sender) =>
  ask(
    sender,
    "select to_char(metric_date, 'DD'), new_users from daily_metrics where org_id = $1 and new_users > 0 order by 1",
  );
const spellsOf = (sender: Sender) =>
  ask(
    sender,
    `select coalesce(to_char(installed_at at time zone 'UTC', 'DD'), '?') || '-' || coalesce(to_char(uninstalled_at at time zone 'UTC', 'DD'), ''),
       installed_at_known, workspace_name from twin_installations where org_id = $1 order by installed_at`,
  );
const installedOn = async (sender: Sender, ...days: string[]) => {
  const rows = await ask(
    sender,
    "select to_char(metric_date, 'DD'), total_twin_installations from daily_metrics where org_id = $1",
  );
  const known = new Map(rows as [string, number][]);
  return days.map((day) => known.get(day));
};

test("who came without a time is new on no day until they or their twin do something, and on the first day of that", async () => {
  const sender = await makeSender(application.db);
  await tell(sender, ...cast);
  expect(await createdOf(sender)).toEqual([
    [1, "arrival", "20 12:00"],
    [2, "arrival", "20 12:00"],
  ]);
  expect(await newOn(sender)).toEqual([]);
  // Person 1 talks with the twin of person 2, who does nothing.
  await tell(sender, talk("a1", "12", { twin: "t2" }));
  expect(await createdOf(sender)).toEqual([
    [1, "derived", "12 10:00"],
    [2, "derived", "12 10:00"],
  ]);
  expect(await newOn(sender)).toEqual([["12", 2]]);
  await tell(sender, talk("a2", "15"), talk("a3", "09"));
  expect(await newOn(sender)).toEqual([
    ["09", 1],
    ["12", 1],
  ]);
  // What they began with goes: what is known stays.
  await database.pool.query("delete from activities where org_id = $1 and started_at = $2", [sender.org_id, at("09")]);
  await database.pool.query("insert into ops.dirty_log (org_id, day, n) values ($1, '2026-03-09', 1)", [sender.org_id]);
  await tell(sender);
  expect((await createdOf(sender))[0]).toEqual([1, "derived", "09 10:00"]);
});

test("a time that was sent wins over one that was found, and of several sent the earliest", async () => {
  const sender = await makeSender(application.db);
  await tell(sender, ...cast, talk("a1", "12"));
  expect(await newOn(sender)).toEqual([["12", 1]]);
  await tell(sender, person(1, { created_at: at("16") }));
  expect(await createdOf(sender)).toContainEqual([1, "sent", "16 10:00"]);
  await tell(sender, person(1, { created_at: at("17") }), person(1), talk("a2", "10"));
  expect(await newOn(sender)).toEqual([["16", 1]]);
  await tell(sender, person(1, { created_at: at("14") }), person(2, { created_at: at("18") }));
  expect(await newOn(sender)).toEqual([
    ["14", 1],
    ["18", 1],
  ]);
});

test("an installation without a time begins with its twin's first activity on the platform, and is one a place", async () => {
  const sender = await makeSender(application.db);
  const installed = { type: "installation", twin: "t1", platform: "slack", workspace_id: "W1" };
  await tell(sender, ...cast, installed, talk("web", "05", { platform: "web" }));
  expect(await spellsOf(sender)).toEqual([["?-", false, null]]);
  expect(await installedOn(sender, "05")).toEqual([0]);
  const id = () => ask(sender, "select id from twin_installations where org_id = $1");
  const minted = await id();
  await tell(sender, talk("a1", "12"), talk("a2", "14"));
  await tell(sender, { ...installed, workspace_name: "Acme" }, talk("a3", "10"));
  expect(await spellsOf(sender)).toEqual([["10-", false, "Acme"]]);
  expect(await id()).toEqual(minted);
  expect(await installedOn(sender, "05", "10", "12", "14")).toEqual([0, 1, 1, 1]);
  await tell(sender, { ...installed, uninstalled_at: at("13") });
  expect(await installedOn(sender, "05", "10", "12", "14")).toEqual([0, 1, 1, 0]);
});

test("one that comes after all activities begins with the first of them", async () => {
  const sender = await makeSender(application.db);
  await tell(sender, ...cast, talk("a1", "12"), talk("a2", "10"));
  await tell(sender, { type: "installation", twin: "t1", platform: "slack" });
  expect(await spellsOf(sender)).toEqual([["10-", false, null]]);
  expect(await installedOn(sender, "10", "12")).toEqual([1, 1]);
});

test("a spell with a time takes the place of the one without, whichever comes first", async () => {
  const place = { type: "installation", twin: "t1", platform: "slack" };
  const undated = { ...place, workspace_name: "Acme" };
  const closed = { ...place, installed_at: at("08"), uninstalled_at: at("09") };
  const open = { ...place, installed_at: at("11") };
  for (const [records, expected] of [
    [[undated, open], [["11-", true, "Acme"]]],
    [[open, undated], [["11-", true, "Acme"]]],
    [[undated, closed], [["08-09", true, "Acme"]]],
    [[closed, undated], [["08-09", true, "Acme"]]],
    [
      [closed, open, undated],
      [
        ["08-09", true, null],
        ["11-", true, "Acme"],
      ],
    ],
  ] as const) {
    const sender = await makeSender(application.db);
    await tell(sender, ...cast, talk("a1", "10"), talk("a2", "12"));
    for (const record of records) await tell(sender, record);
    expect(await spellsOf(sender)).toEqual(expected);
    const isOpen = expected.some(([days]) => days === "11-") ? 1 : 0;
    expect(await installedOn(sender, "10", "12")).toEqual([0, isOpen]);
    expect(
      await ask(sender, "select count(*)::int from twin_installations where org_id = $1 and id::text like '00000000%'"),
    ).toEqual([[0]]);
  }
});

test("beginnings that lie in sealed days are known, and those days keep their totals", async () => {
  const sender = await makeSender(application.db);
  await tell(sender, ...cast.slice(0, 1), ...cast.slice(1), talk("a1", "12"));
  await database.pool.query(
    "update organizations set sealed_from = '2026-03-11', sealed_before = '2026-03-14' where id = $1",
    [sender.org_id],
  );
  await tell(sender, { type: "installation", twin: "t1", platform: "slack" }, talk("a2", "15"));
  expect(await spellsOf(sender)).toEqual([["12-", false, null]]);
  expect(await installedOn(sender, "12", "15")).toEqual([0, 1]);
});
