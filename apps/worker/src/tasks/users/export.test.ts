import { memoryHeads } from "@twin/db/test/heads";
import { createHash } from "node:crypto";
import type { Actor } from "@twin/db/tenancy/actor";
import { readPrivacy } from "@twin/db/privacy/erasures/privacy";
import { expireExports } from "@twin/db/privacy/exports/expire";
import { fetchExport } from "@twin/db/privacy/exports/fetch";
import { listExports } from "@twin/db/privacy/exports/list";
import { requestExport } from "@twin/db/privacy/exports/request";
import { sectionsOf } from "@twin/db/privacy/exports/sections";
import { reopenExport, storeExport } from "@twin/db/privacy/exports/store";
import { cancelJob } from "@twin/db/jobs/queued";
import { memoryLedger } from "@twin/db/test/erasing";
import { useDatabase } from "@twin/db/test/database";
import { conversation, makeSender, people, useApplication } from "@twin/db/test/ingesting";
import { permissionsOf } from "@twin/contracts/vocabulary";
import { pino } from "pino";
import { expect, test } from "vitest";
import { unzip } from "../../../test/unzip.ts";
import { zipOf } from "../../export/zip.ts";
import { runTask } from "../../task.ts";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");

test("an export holds a person's own words whole and nobody else's, with true checksums, sealed until it is fetched once", async () => {
  const sender = await makeSender(application.db);
  const { org_id } = sender;
  const extra = (i: number, user: string, content: string) => ({
    type: "message",
    conversation: "a1",
    external_id: `x${i}`,
    sender_type: "user",
    user,
    content,
    created_at: new Date(Date.parse("2026-03-02T10:05:00Z") + i).toISOString(),
  });
  // More than a page of them.
  const many = Array.from({ length: 1_200 }, (_, i) => extra(i, "u1", `mine ${i}`));
  await sender.send([...people, conversation("a1"), ...many, extra(2_000, "u2", "Mike's secret")], { now });
  const { rows } = await database.pool.query("select id from users where org_id = $1 and n = 1", [org_id]);
  const member = (account_id: string): Actor => ({
    kind: "member",
    org_id,
    account_id,
    name: "Priya",
    role: "admin",
    permissions: permissionsOf("admin"),
    request_id: "test",
  });
  const system: Actor = systemOf(org_id);
  const { id } = await requestExport(application.db, member("a1"), { user_id: rows[0].id }, now);
  await expect(fetchExport(application.db, member("a1"), id, now)).rejects.toMatchObject({ code: "CONFLICT" });
  const user_id = (await reopenExport(application.db, system, id))!;
  await storeExport(application.db, system, id, zipOf(sectionsOf(application.db, system, user_id), now), {
    now: () => now,
    signal: new AbortController().signal,
    reached: () => {},
  });

  const stored = await database.pool.query("select sealed from export_chunks where org_id = $1", [org_id]);
  expect(stored.rows.length).toBeGreaterThan(0);
  for (const { sealed } of stored.rows) expect((sealed as Buffer).includes("person.json")).toBe(false);
  await expect(fetchExport(application.db, member("a2"), id, now)).rejects.toMatchObject({ code: "NOT_FOUND" });
  const parts: Buffer[] = [];
  const { bytes, chunks } = await fetchExport(application.db, member("a1"), id, now);
  for await (const chunk of chunks) parts.push(chunk);
  const zip = Buffer.concat(parts);
  expect(zip.length).toBe(bytes);
  await expect(fetchExport(application.db, member("a1"), id, now)).rejects.toMatchObject({ code: "CONFLICT" });
  expect((await database.pool.query("select from export_chunks where org_id = $1", [org_id])).rows).toEqual([]);

  const files = await unzip(zip);
  const json = (file: string) => JSON.parse(files.get(file)!.toString());
  expect(json("person.json")).toMatchObject([{ full_name: "Sarah Chen", email: "sarah.chen@acme.example" }]);
  const words = json("messages.json").map(({ content }: { content: string }) => content);
  expect(words).toHaveLength(1_202);
  expect(words).toEqual(expect.arrayContaining(["Can you help me?", "Gladly.", "mine 0", "mine 1199"]));
  expect(json("conversations.json")).toMatchObject([{ title: "Plan", messages_of_others: 1 }]);
  for (const content of files.values()) expect(content.includes("Mike's secret")).toBe(false);
  const sums = files.get("SHA256SUMS")!.toString().trim().split("\n");
  expect(sums).toHaveLength(files.size - 1);
  for (const sum of sums) {
    const [hash, file] = sum.split("  ") as [string, string];
    expect(createHash("sha256").update(files.get(file)!).digest("hex"), file).toBe(hash);
  }
});

test("an export that fails says why to who asked, is tried again, by hand too, and goes when nobody fetches it", async () => {
  const { db } = application;
  const { org_id, send } = await makeSender(db);
  await send([...people, conversation("a1")], { now });
  const { rows } = await database.pool.query("select id from users where org_id = $1 and n = 1", [org_id]);
  const user_id = rows[0].id as string;
  const owner: Actor = {
    kind: "member",
    org_id,
    account_id: "o",
    name: "Olga",
    role: "owner",
    permissions: permissionsOf("owner"),
    request_id: "test",
  };
  const system: Actor = systemOf(org_id);
  const { id } = await requestExport(db, owner, { user_id }, now);
  const asked = async () => (await readPrivacy(db, owner, { user_id }, now)).export;
  const chunks = async () =>
    (await database.pool.query("select from export_chunks where org_id = $1", [org_id])).rowCount;
  const make = (attempts: number) =>
    runTask(
      "users/export",
      { org_id, export_id: id },
      { id: "1", key: null, attempts, max_attempts: 5 },
      {
        db,
        signal: new AbortController().signal,
        log: pino({ level: "silent" }),
        url: database.url,
        env: { demo: false, summary: null, mail: null, heads: memoryHeads(), ledger: memoryLedger() },
        reached: () => {},
        archive: null,
      },
    );
  const flip = () =>
    database.pool.query(
      "update messages set content = set_byte(content, 20, get_byte(content, 20) # 1) where org_id = $1",
      [org_id],
    );
  await flip();
  await expect(make(1)).rejects.toThrow();
  const error = "a stored text isn't what was stored, so it can't be decrypted";
  expect(await asked()).toMatchObject({ status: "queued", error });
  await expect(make(5)).rejects.toThrow();
  expect(await asked()).toMatchObject({ status: "failed", error });
  expect(await chunks()).toBe(0);
  await expect(fetchExport(db, owner, id, now)).rejects.toThrow(error);
  expect(await listExports(db, system, { limit: 9 })).toMatchObject([{ id, status: "failed", error, user_id }]);
  await flip();
  await make(1);
  expect(await asked()).toMatchObject({ status: "ready", error: null });
  expect(await chunks()).toBe(1);
  expect(await expireExports(db, system, new Date("2026-04-03T12:00:00Z"))).toBe(0);
  expect(await expireExports(db, system, new Date("2026-04-03T12:00:01Z"))).toBe(1);
  expect(await asked()).toMatchObject({ status: "expired" });
  expect(await chunks()).toBe(0);

  // Its job is gone: its worker died at the last try, or somebody cancelled it.
  await requestExport(db, owner, { user_id }, new Date(now.getTime() + 1));
  expect(await expireExports(db, system, now)).toBe(0);
  const [latest] = await listExports(db, system, { limit: 1 });
  await cancelJob(db, systemOf(0), latest!.job!);
  expect(await expireExports(db, system, now)).toBe(1);
  expect(await asked()).toMatchObject({ status: "failed", error: expect.stringContaining("lost or cancelled") });
});
