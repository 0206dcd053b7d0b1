import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, useApplication } from "../../../test/ingesting.ts";
import { createAnnotation } from "./create.ts";
import { listAnnotations } from "./list.ts";
import { removeAnnotation } from "./remove.ts";

const database = useDatabase();
const app = useApplication(database);
const now = new Date("2026-03-05T09:00:00.000Z");
const march = { start_date: "2026-03-01", end_date: "2026-03-31", limit: 500 };

test("what is written on a day is there once, the newest first, for its own organisation and days alone", async () => {
  const { actor } = await makeSender(app.db);
  const other = await makeSender(app.db);
  const write = (day: string, text: string) => createAnnotation(app.db, actor, { day, text }, now);
  const outage = await write("2026-03-02", "Slack was out");
  expect(outage).toMatchObject({ day: "2026-03-02", created_by: "test", created_at: now.toISOString() });
  const [again, wave] = await Promise.all([
    write("2026-03-02", "Slack was out"),
    write("2026-03-09", "Second wave"),
    write("2026-02-28", "Before"),
  ]);
  expect(again).toEqual(outage);
  const list = async (who = actor) =>
    (await listAnnotations(app.db, who, march)).annotations.map(({ id, text }) => [id, text]);
  expect(await list()).toEqual([
    [wave.id, "Second wave"],
    [outage.id, "Slack was out"],
  ]);
  expect(await list(other.actor)).toEqual([]);
  await expect(removeAnnotation(app.db, other.actor, outage)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await removeAnnotation(app.db, actor, outage)).toEqual(outage);
  await expect(removeAnnotation(app.db, actor, outage)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await list()).toEqual([[wave.id, "Second wave"]]);
  const { rows } = await database.pool.query(
    "select action, details from audit_log where org_id = $1 and action like 'annotation.%' order by id",
    [actor.org_id],
  );
  expect(rows.filter(({ details }) => details.text === "Slack was out")).toEqual([
    { action: "annotation.create", details: { day: "2026-03-02", text: "Slack was out" } },
    { action: "annotation.remove", details: { day: "2026-03-02", text: "Slack was out" } },
  ]);
});

test("an organisation keeps 500 notes, also of those who write at once, and words that stand there stay the answer", async () => {
  const { actor } = await makeSender(app.db);
  const write = (text: string) => createAnnotation(app.db, actor, { day: "2026-03-02", text }, now);
  await database.pool.query(
    `insert into annotations (org_id, id, day, text, created_by, created_at)
     select $1, gen_random_uuid(), '2026-01-01', 'note ' || i, 'test', now() from generate_series(1, 498) i`,
    [actor.org_id],
  );
  const last = await write("the last but one");
  const both = await Promise.allSettled([write("one of two"), write("two of two")]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  await expect(write("one more")).rejects.toMatchObject({
    code: "CONFLICT",
    message: "an organisation keeps 500 notes at most: take one away that nobody needs any more",
  });
  expect(await write("the last but one")).toEqual(last);
  await removeAnnotation(app.db, actor, last);
  expect(await write("one more")).toMatchObject({ text: "one more" });
});
