import { eraseDue } from "@twin/db/privacy/erasures/run";
import { rollupOrganization } from "@twin/db/figures/rollup";
import { canary, canaryEmail, canaryRecords, everything, othersWords, singing } from "@twin/db/test/canary";
import { memoryLedger } from "@twin/db/test/erasing";
import { expect, test } from "vitest";
import { makeTenant, useApi } from "./world.ts";
import { systemOf } from "@twin/db/test/actors";

const api = useApi();

test("no line of the API's log names a person, and once they are erased nothing that the API wrote does", async () => {
  const { org_id, everything: key, members } = await makeTenant(api, "acme");
  const { records, user } = canaryRecords(new Date(Date.now() - 5 * 86_400_000).toISOString());
  const send = (body: string, type = "application/json") =>
    api.fetch(key, "/api/ingest", { method: "POST", body, headers: { "content-type": type } });
  const sent = await send(JSON.stringify({ records }));
  expect(sent.body).toMatchObject({ accepted: records.length, rejected: [] });
  await rollupOrganization(api.db, systemOf(org_id), { now: new Date() });

  // Refused, in every way: a wrong record, a line and a body that aren't JSON, a field too long, nobody's path.
  const odd = { ...user("q9", canary, `not an address ${canary}`), created_at: canary, timezone: canary };
  expect((await send(JSON.stringify({ records: [odd] }))).body.rejected).toHaveLength(1);
  await send(`{"type": "user", "full_name": ${canary}}\n`, "application/x-ndjson");
  expect((await send(`{"records": [${canary}`)).status).toBe(400);
  await send(JSON.stringify({ records: [{ ...odd, email: canaryEmail, full_name: canary.repeat(400) }] }));
  await api.fetch(key, `/api/people/${canaryEmail}`);
  // Looked for and read.
  const owner = members.owner;
  for (const path of [`/api/activities?user=${canaryEmail}`, `/api/activities?user=${canary}`])
    await api.fetch(owner, path);
  await api.call(owner, "users.list", { search: canary });
  await api.call(owner, "users.list", { cursor: canary });
  const { rows: activities } = await api.database.pool.query<{ id: string }>(
    "select a.id from activities a join users u on u.org_id = a.org_id and u.id = a.user_id where u.email = $1",
    [canaryEmail],
  );
  expect(activities).toHaveLength(4);
  for (const { id } of activities) {
    const read = await api.call(owner, "activities.reveal", { id, reason: "support case" }, "mutation");
    expect(read.text).toContain(canary);
  }
  // Failed inside, with a row's values in what the database says.
  await api.database.pool.query(
    `alter table users add constraint lucky check (full_name !~ 'Quetzalina II') not valid`,
  );
  expect((await send(JSON.stringify({ records: [user("q2", `${canary} II`, "ii@acme.example")] }))).status).toBe(500);
  await api.database.pool.query("alter table users drop constraint lucky");

  const [person] = (await api.database.pool.query("select id from users where email = $1", [canaryEmail])).rows;
  const mutate = (name: string, input: unknown) => api.call(owner, name, input, "mutation");
  expect((await mutate("users.requestExport", { user_id: person.id })).status).toBe(200);
  const erasure = { user_id: person.id, email: canaryEmail, reason: "asked_by_person", immediately: true };
  expect((await mutate("users.erase", { ...erasure, email: "someone@else.example" })).status).toBe(400);
  expect((await mutate("users.erase", erasure)).status).toBe(200);
  expect(singing(await everything(api.database.url, api.db, org_id)).length).toBeGreaterThan(20);
  await eraseDue(api.db, systemOf(org_id), { now: new Date(), ledger: memoryLedger() });
  await rollupOrganization(api.db, systemOf(org_id), { now: new Date() });
  expect((await send(JSON.stringify({ records }))).body.rejected.length).toBeGreaterThan(5);
  await rollupOrganization(api.db, systemOf(org_id), { now: new Date() });

  const left = await everything(api.database.url, api.db, org_id);
  expect(singing(left)).toEqual([]);
  for (const words of othersWords) expect(left).toContain(words);
  const log = api.lines.map((line) => JSON.stringify(line));
  expect(log.length).toBeGreaterThan(15);
  expect(log.filter((line) => line.includes('"level":"error"'))).toHaveLength(1);
  expect(singing(log.join("\n"))).toEqual([]);
});
