import { expect, test } from "vitest";
import { systemOf } from "../../../test/actors.ts";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, useApplication } from "../../../test/ingesting.ts";
import { findByAddress } from "./find.ts";

const database = useDatabase();
const application = useApplication(database);

test("a person is found by address whatever its case, deleted or not, and in their own organisation alone", async () => {
  const [here, elsewhere] = [await makeSender(application.db), await makeSender(application.db)];
  await here.send([{ type: "user", external_id: "ann", email: "Ann@acme.example", full_name: "Ann" }]);
  const find = (org_id: number) => findByAddress(application.db, systemOf(org_id), "ANN@Acme.example");
  const id = await find(here.org_id);
  await database.pool.query("update users set deleted_at = now() where id = $1", [id]);
  expect(await find(here.org_id)).toBe(id);
  await expect(find(elsewhere.org_id)).resolves.toBeNull();
});
