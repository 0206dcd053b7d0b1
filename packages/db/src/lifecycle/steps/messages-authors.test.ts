import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { useApplication } from "../../../test/ingesting.ts";
import { due, mike, sarah, talk, useSummaries } from "../../../test/summarising.ts";
import { rollupOrganization } from "../../figures/rollup.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const { makeOrganization, run, stored, leftOf } = useSummaries(database, application);

test("nothing of a conversation whose owner is about to be erased is summarised, though others wrote in it", async () => {
  const sender = await makeOrganization();
  // Sarah's own words are gone from it: only the conversation is hers.
  await database.pool.query(
    "delete from messages where org_id = $1 and user_id = (select id from users where org_id = $1 and email = $2) and conversation_id = (select activity_id from conversations where org_id = $1 and title = 'About joined')",
    [sender.org_id, sarah],
  );
  await database.pool.query("update users set deleted_at = '2026-05-01' where org_id = $1 and email = $2", [
    sender.org_id,
    sarah,
  ]);
  await run(sender);
  expect(await leftOf(sender)).toMatchObject({ plain: 2, joined: 1 });
});

test("whose words a summary holds stays known through every later one, whoever else comes to it", async () => {
  const cem = { type: "user", external_id: "u3", email: "cem@acme.example", full_name: "Cem" };
  const sender = await makeOrganization([
    cem,
    talk("joined", "03", [
      { at: "03-03T10:00:00", text: "Sarah." },
      { by: "u2", at: "03-03T10:05:00", text: "Mike." },
      { by: "u3", at: "03-03T10:06:00", text: "Cem." },
    ]),
    { ...cem, external_id: "u4", email: "dan@acme.example", full_name: "Dan" },
  ]);
  await run(sender);
  const authors = async () => (await stored(sender))["joined"]!.authors!.sort();
  expect(await authors()).toEqual(["cem@acme.example", mike]);
  const late = {
    type: "message",
    conversation: "joined",
    external_id: "late",
    sender_type: "user",
    user: "u4",
    content: "Dan.",
  };
  const { rejected } = await sender.send([{ ...late, created_at: "2026-05-12T10:00:00.000Z" }], { now: due });
  expect(rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now: due });
  await run(sender, new Date("2026-08-01T10:00:00Z"));
  expect(await leftOf(sender)).toMatchObject({ joined: 0 });
  expect(await authors()).toEqual(["cem@acme.example", "dan@acme.example", mike]);
});
