import { beforeEach, expect, test } from "vitest";
import { differences } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import { advanceSeal } from "../../lifecycle/seal.ts";
import { keep } from "../../../test/lifecycle.ts";
import { rollupOrganization } from "../rollup.ts";
import { followOwners, type FollowOptions } from "./follow-owners.ts";
import { setTwinOwner } from "./set-owner.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
const [sarah, mike] = ["sarah.chen@acme.example", "mike.johnson@acme.example"];

const at = (day: string) => `2026-03-${day}T10:00:00.000Z`;
const talk = (id: string, day: string, extra: object = {}) => conversation(id, at(day), extra);
const twin = (user: string | undefined, updated_at?: string, extra: object = {}) => ({
  type: "twin",
  external_id: "t1",
  ...(user && { user }),
  name: "Sarah's Twin",
  ...(updated_at && { updated_at }),
  ...extra,
});

let sender: Sender;
beforeEach(async () => {
  sender = await makeSender(application.db);
  await tell(...people);
});
const by = () => systemOf(sender.org_id);
async function tell(...records: unknown[]) {
  const answer = await sender.send(records, { now });
  expect(answer.rejected).toEqual([]);
  return answer;
}
/** What the queue would do, and nothing that is stored differs from a recount. */
async function settle(options: FollowOptions = {}): Promise<number> {
  const { rows } = await followOwners(application.db, by(), options);
  await rollupOrganization(application.db, by(), { now });
  expect(await differences(application.db, sender.org_id, now)).toEqual([]);
  return rows;
}
const put = (owner: string, of = "t1", when = now) => setTwinOwner(application.db, by(), { twin: of, owner }, when);
const ask = async (text: string) =>
  (await database.pool.query({ text, values: [sender.org_id], rowMode: "array" })).rows;
/** Rows of shared use: day, who asked, whose the twin is, whether it was sent. */
const shared = () =>
  ask(`select to_char(i.created_at at time zone 'UTC', 'DD'), u.n, o.n, i.is_sent from shared_twin_interactions i
    join users u on u.org_id = $1 and u.id = i.accessing_user_id left join users o on o.org_id = $1 and o.id = i.twin_owner_id
    where i.org_id = $1 order by 1`);
const counted = () =>
  ask(`select to_char(metric_date, 'DD'), total_shared_interactions from daily_metrics
    where org_id = $1 and total_shared_interactions > 0 order by 1`);
const ownerOf = async () =>
  (
    await ask(
      "select u.email from twins t left join users u on u.org_id = $1 and u.id = t.user_id where t.org_id = $1 and t.name = 'Sarah''s Twin'",
    )
  )[0]![0];

test("what was one's own twin becomes shared use when it was somebody else's, and the other way round, and back", async () => {
  await tell(talk("a1", "02"), talk("a2", "03", { user: "u2" }));
  await settle();
  expect(await shared()).toEqual([["03", 2, 1, false]]);
  expect(await put(mike)).toMatchObject({ twin_name: "Sarah's Twin" });
  expect(await settle()).toBe(2);
  expect(await shared()).toEqual([["02", 1, 2, false]]);
  expect(await counted()).toEqual([["02", 1]]);
  await put(sarah);
  await settle();
  expect(await shared()).toEqual([["03", 2, 1, false]]);
  expect(await counted()).toEqual([["03", 1]]);
});

test("rows that a sender sent, and those of the type shared, stay and say the new owner", async () => {
  await tell(
    talk("a1", "02", { shared: { was_helpful: true } }),
    talk("a2", "03", { user: "u2", shared: { interaction_purpose: "Plan" } }),
    talk("a3", "04", { user: "u2", activity_type: "shared", conversation: undefined }),
    talk("a4", "05", { user: "u2", shared: {} }),
  );
  await settle();
  await put(mike);
  await settle();
  expect(await shared()).toEqual([
    ["02", 1, 2, true],
    ["03", 2, 2, true],
    ["04", 2, 2, false],
    ["05", 2, 2, true],
  ]);
});

test("a record with a newer updated_at puts the owner right, in any order; one without says so only of a new twin", async () => {
  await tell(talk("a1", "02"), twin("u1", at("05")));
  expect(await tell(twin("u2", at("06")))).toMatchObject({ updated: 1 });
  expect(await tell(twin("u1", at("05")))).toMatchObject({ duplicates: 1 });
  expect(await ownerOf()).toBe(mike);
  expect(await tell(twin(undefined, at("07")))).toMatchObject({ duplicates: 1 });
  expect(await ownerOf()).toBe(mike);
  const { rejected } = await sender.send([twin("u1")], { now });
  expect(rejected).toMatchObject([{ code: "CONFLICT", path: "user" }]);
  await settle();
  expect(await shared()).toEqual([["02", 1, 2, false]]);
});

test("of two records of one time the same one counts, whichever came first", async () => {
  await tell(twin("u1", at("06")), twin("u2", at("06")));
  const first = await ownerOf();
  await tell(twin("u2", at("07")), twin("u1", at("08")), twin("u2", at("08")), twin("u1", at("08")));
  expect(await ownerOf()).toBe(first);
});

test("what was said by hand gives way to a newer record alone", async () => {
  await put(mike, "Sarah's twin", new Date(at("10")));
  await tell(twin("u1", at("09")), twin("u1", at("10")), twin("u1"));
  expect(await ownerOf()).toBe(mike);
  await tell(twin("u1", at("11")));
  expect(await ownerOf()).toBe(sarah);
});

test("a record that says more of an activity writes what the job didn't reach yet", async () => {
  await tell(talk("a1", "02"));
  await settle();
  await put(mike);
  await tell(talk("a1", "02"));
  expect(await shared()).toEqual([["02", 1, 2, false]]);
  await settle();
  expect(await counted()).toEqual([["02", 1]]);
});

test("the work goes on where another one was killed, a bounded step at a time", async () => {
  const days = ["02", "03", "04", "05", "06"];
  await tell(...days.map((day) => talk(`a${day}`, day)));
  await settle();
  await put(mike);
  const killed = new AbortController();
  const first = await followOwners(application.db, by(), {
    limit: 2,
    signal: killed.signal,
    reached: () => killed.abort(),
  });
  expect(first).toEqual({ status: "stopped", rows: 2 });
  const [one, other] = await Promise.all([settleRows({ limit: 2 }), settleRows({ limit: 2 })]);
  expect(one + other).toBe(3);
  await settle();
  expect((await shared()).map(([day]) => day)).toEqual(days);
});
const settleRows = async (options: FollowOptions) => (await followOwners(application.db, by(), options)).rows;

test("sealed days stay, and no seal goes over days that have to follow yet", async () => {
  await tell(talk("a1", "02", { started_at: "2024-01-02T10:00:00.000Z", conversation: undefined }), talk("a2", "02"));
  await database.pool.query("update ops.dirty_log set received_at = '-infinity' where org_id = $1", [sender.org_id]);
  await settle();
  await keep(database.pool, sender.org_id, "activities", 365);
  await put(mike);
  expect(await advanceSeal(application.db, by(), { now })).toMatchObject({
    sealed_before: null,
    waits: { reason: "a twin's owner was put right, and shared use follows" },
  });
  await settle();
  expect(await shared()).toHaveLength(2);
  const later = new Date("2026-04-20T12:00:00Z");
  expect((await advanceSeal(application.db, by(), { now: later })).sealed_before).not.toBeNull();
  await put(sarah);
  await settle();
  expect(await shared()).toEqual([["02", 1, 2, false]]);
});

test("whoever came without a time begins with what a twin did that was theirs all along", async () => {
  await tell({ type: "user", external_id: "u3", email: "lee@acme.example", full_name: "Lee" }, talk("a1", "02"));
  await settle();
  await put("lee@acme.example");
  await settle();
  expect(
    await ask("select created_at_source, to_char(created_at, 'DD') from users where org_id = $1 and n = 3"),
  ).toEqual([["derived", "02"]]);
});

test("it is written down with both owners, and refused where twin or person isn't one", async () => {
  const answer = await put(mike);
  expect(
    await ask("select action, object_id, details from audit_log where org_id = $1 and action = 'twin.set_owner'"),
  ).toEqual([["twin.set_owner", answer.twin_id, { from: answer.was_owner_id, to: answer.owner_id }]]);
  await tell({ ...twin("u1"), external_id: "t3" });
  await expect(put(mike, "nothing")).rejects.toMatchObject({ code: "NOT_FOUND", path: "twin" });
  await expect(put(mike, "SARAH'S TWIN")).rejects.toMatchObject({ code: "CONFLICT", path: "twin" });
  await expect(put("nobody@acme.example")).rejects.toMatchObject({ code: "NOT_FOUND", path: "owner" });
  await database.pool.query("update users set deleted_at = now() where org_id = $1 and n = 2", [sender.org_id]);
  await expect(put(mike)).rejects.toMatchObject({ code: "CONFLICT", path: "owner" });
});
