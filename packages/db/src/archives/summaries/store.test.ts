import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { useApplication } from "../../../test/ingesting.ts";
import { makeActivity, makeMessages, makeOrganization, makePerson } from "../../../test/rows.ts";
import { inTenant } from "../../tenancy/actor.ts";
import { deleteSummarised } from "./store.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);

test("of a conversation only those messages go that its stored summary tells of", async () => {
  const org_id = await makeOrganization(database.pool, "told");
  await database.pool.query("select ensure_month('2026-03-01')");
  const person = await makePerson(database.pool, org_id);
  const [told, untold] = [
    await makeActivity(database.pool, person, "2026-03-02T10:00:00.000Z"),
    await makeActivity(database.pool, person, "2026-03-03T10:00:00.000Z"),
  ];
  for (const id of [told, untold]) await makeMessages(database.pool, person, id, [1, 2, 3]);
  await database.pool.query(
    "update conversations set summarised_at = now(), summarised_until = $2, summary_keep = '1 month' where activity_id = $1",
    [told, "2026-03-02T10:00:01.000Z"],
  );
  const gone = (ids: string[]) =>
    inTenant(application.db, systemOf(org_id), async (tx) => (await deleteSummarised(tx, ids, 100)).rows);
  expect(await gone([untold])).toBe(0);
  expect(await gone([told, untold])).toBe(2);
  const { rows } = await database.pool.query(
    "select token_count from messages where org_id = $1 and conversation_id = $2",
    [org_id, told],
  );
  expect(rows).toEqual([{ token_count: 3 }]);
});
