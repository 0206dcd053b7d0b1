import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ActivitiesInput, type ActivityDetail } from "@twin/contracts/activities";
import { permissionsOf } from "@twin/contracts/vocabulary";
import { revealActivity } from "@twin/db/activities/get";
import { listActivities } from "@twin/db/activities/list";
import type { Actor } from "@twin/db/tenancy/actor";
import { requestRestore, restoreMonth } from "@twin/db/archives/restore";
import { runLifecycle } from "@twin/db/lifecycle/run";
import { useDatabase } from "@twin/db/test/database";
import { useApplication } from "@twin/db/test/ingesting";
import { afterAll, expect, test } from "vitest";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { later, makeHistory } from "./history.ts";
import { takeFromRestored } from "@twin/db/privacy/erasures/steps/restored";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const folder = mkdtempSync(join(tmpdir(), "twin-listed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = archiveIn(folderBlobs(folder));

const range = { start_date: "2026-01-01", end_date: "2026-03-31" };

test("a list says what of its days is archived, and shows restored months among live ones as they were", async () => {
  const { org_id } = await makeHistory(application.db, database.pool);
  const owner: Actor = {
    kind: "member",
    org_id,
    account_id: "00000000-0000-4000-8000-000000000001",
    name: "Ann",
    role: "owner",
    permissions: permissionsOf("owner"),
    request_id: "test",
  };
  const list = (input: object = {}) =>
    listActivities(application.db, owner, ActivitiesInput.parse({ ...range, ...input }), later);
  const get = (id: string) => revealActivity(application.db, owner, { id, reason: "to compare", ...range }, later);
  const idsOf = async (input: object) => (await list(input)).items.map(({ id }) => id);
  const archived = (...restorations: (string | null)[]) =>
    [8, 8, 4].map((activities, index) => ({
      month: `2026-0${index + 1}`,
      activities,
      restoration: restorations[index] ?? null,
    }));
  /** What neither a restoration nor being read changes. */
  const plain = (detail: ActivityDetail) => ({ ...detail, restored: null, readings: null });

  const before = (await list({ limit: 100 })).items;
  const details = await Promise.all(before.map(({ id }) => get(id)));
  const ids = before.map(({ id }) => id);
  expect(ids).toHaveLength(24);
  expect(await list()).toMatchObject({ total: 24, archived: [] });

  await runLifecycle(application.db, systemOf(org_id), { now: later, archive });
  // As many as the figures count; what isn't listed is told by its days.
  const gone = ({ unlisted }: { unlisted: { count: number }[] }) => unlisted.reduce((sum, { count }) => sum + count, 0);
  const left = await list();
  expect(left).toMatchObject({ items: before.slice(0, 4), total: 24, archived: archived() });
  expect(gone(left)).toBe(20);
  expect((await list({ start_date: "2026-03-02" })).archived).toEqual([archived()[2]]);
  // What lies in the same month but on other days is nothing that this list misses.
  expect((await list({ start_date: "2026-03-03" })).archived).toEqual([]);
  expect((await list({ start_date: "2026-04-01", end_date: "2026-04-30" })).archived).toEqual([]);
  await expect(get(ids[10]!)).rejects.toThrow(/no such activity; 2026-0\d is archived/);
  for (const other of ["00000000-0000-7000-8000-000000000000", "ffffffff-ffff-4fff-8fff-ffffffffffff"])
    await expect(get(other)).rejects.toThrow(/^no such activity$/);

  await requestRestore(application.db, owner, { month: "2026-01" }, { now: later });
  expect(await list()).toMatchObject({ total: 24, archived: archived("queued") });
  const bringBack = async (month: string) => {
    await requestRestore(application.db, owner, { month }, { now: later, isQueued: false });
    await restoreMonth(application.db, systemOf(org_id), archive, { month, now: later, takeErased: takeFromRestored });
  };
  await bringBack("2026-01");
  await bringBack("2026-03");
  const some = await list({ limit: 100 });
  expect(some).toMatchObject({ total: 24, total_is_exact: true, archived: archived("done", null, "done") });
  expect(gone(some)).toBe(8);
  expect(some.items).toEqual([
    ...before.slice(0, 4),
    ...[...before.slice(4, 8), ...before.slice(16)].map((item) => ({ ...item, restored: true })),
  ]);

  await bringBack("2026-02");
  for (const type of ["query", "conversation"]) {
    const matching = before.filter((item) => item.activity_type === type).map(({ id }) => id);
    expect(await list({ type })).toMatchObject({ total: matching.length });
    expect(await idsOf({ type, limit: 100 })).toEqual(matching);
  }
  for (const page of [1, 2, 3, 4, 5])
    expect(await idsOf({ limit: 5, page })).toEqual(ids.slice(page * 5 - 5, page * 5));
  // To the oldest and back, page by page, over the border between what is live and what isn't.
  let [walked, page] = [[] as string[], await list({ limit: 3 })];
  for (;;) {
    walked.push(...page.items.map(({ id }) => id));
    if (!page.next_cursor) break;
    page = await list({ limit: 3, cursor: page.next_cursor });
  }
  expect(walked).toEqual(ids);
  for (walked = []; ;) {
    walked.unshift(...page.items.map(({ id }) => id));
    if (!page.prev_cursor) break;
    page = await list({ limit: 3, cursor: page.prev_cursor });
  }
  expect(walked).toEqual(ids);
  for (const [index, id] of ids.entries()) {
    const detail = await get(id);
    expect(plain(detail)).toEqual(plain(details[index]!));
    expect(detail).toMatchObject({
      restored: index >= 4,
      newer_id: ids[index - 1] ?? null,
      older_id: ids[index + 1] ?? null,
    });
  }
}, 120_000);
