import { randomUUID } from "node:crypto";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openLedger } from "./ledger.ts";

test("the ledger survives a torn last line, holds each erasure once, and says where it can't be read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ledger-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "erasures.ndjson");
  const ledger = openLedger(file);
  const entry = (erasure_id: string) => ({
    version: 1 as const,
    org_id: 1,
    org_created_at: "1.000001",
    erasure_id,
    user_id: randomUUID(),
    reason: "left_company",
    asked_at: "2026-03-20T12:00:00.000Z",
    asked_by: "Priya",
    tombstones: ["ab".repeat(32)],
  });
  const [first, second] = [entry(randomUUID()), entry(randomUUID())];
  await ledger.append(first);
  await appendFile(file, '{"version":1,"org_');
  expect(await ledger.read()).toEqual([first]);
  await ledger.append(second);
  await ledger.append(first);
  expect(await ledger.read()).toEqual([first, second]);
  await writeFile(file, `nonsense\n${JSON.stringify(first)}\n`);
  await expect(ledger.read()).rejects.toThrow(`line 1 of the erasure ledger ${file} can't be read`);
});
