import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rollupOrganization } from "@twin/db/figures/rollup";
import { systemOf } from "@twin/db/test/actors";
import { differences } from "@twin/db/test/backfilling";
import { conversation, people } from "@twin/db/test/ingesting";
import { ready, run as start, type Run } from "./running.ts";
import { makeTenant, type Tenant, useApi } from "./world.ts";

// Many small senders, while processes and connections are killed.

const api = useApi();
let folder: string;
let tenant: Tenant;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "api-killed-"));
  tenant = await makeTenant(api, "acme");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const senders = 16;
const deaths = 2;

test("what was answered is there once, however often the api and its connections are killed under single records", async () => {
  const started = async (): Promise<Run> => {
    const run = await start(api, folder);
    expect(await ready(run)).toBe("ready");
    return run;
  };
  let running = await started();
  const send = async (records: object[]) => {
    const answer = await fetch(`${running.url}/api/ingest`, {
      method: "POST",
      headers: { ...tenant.everything.headers, "content-type": "application/json" },
      body: JSON.stringify({ records }),
    });
    if (!answer.ok) expect([503]).toContain(answer.status);
    return answer.ok ? ((await answer.json()) as { accepted: number; duplicates: number; rejected: unknown[] }) : null;
  };
  expect(await send(people)).toMatchObject({ rejected: [] });
  const stored = async () => {
    const { rows } = await api.database.pool.query<{ activities: number; messages: number }>(
      `select (select count(*)::int from activities where org_id = $1) as activities,
        (select count(*)::int from messages where org_id = $1) as messages`,
      [tenant.org_id],
    );
    return rows[0]!;
  };
  const before = await stored();

  let isOver = false;
  const acknowledged: string[] = [];
  const sendOn = async (sender: number) => {
    for (let k = 0; !isOver; k++) {
      const id = `kill-${sender}-${k}`;
      const record = conversation(id, new Date(Date.UTC(2026, 2, 2, 8, sender, 0, k)).toISOString());
      for (;;) {
        const answer = await send([record]).catch(() => null);
        if (answer) {
          expect(answer.accepted + answer.duplicates).toBe(1);
          acknowledged.push(id);
          break;
        }
        await sleep(20);
      }
    }
  };
  const sending = Array.from({ length: senders }, (_, sender) => sendOn(sender));
  const more = async (count: number) => {
    for (const from = acknowledged.length; acknowledged.length < from + count;) await sleep(10);
  };
  for (let death = 0; death < deaths; death++) {
    await more(2 * senders);
    await api.database.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()",
    );
    await more(2 * senders + death);
    const dying = running;
    dying.child.kill("SIGKILL");
    await dying.ended;
    running = await started();
  }
  await more(senders);
  isOver = true;
  await Promise.all(sending);
  running.child.kill("SIGTERM");
  expect(await running.ended).toBe(0);

  expect(new Set(acknowledged).size).toBe(acknowledged.length);
  expect(await stored()).toEqual({
    activities: before.activities + acknowledged.length,
    messages: before.messages + 2 * acknowledged.length,
  });
  const now = new Date("2026-03-03T12:00:00Z");
  await rollupOrganization(api.db, systemOf(tenant.org_id), { now });
  expect(await differences(api.db, tenant.org_id, now)).toEqual([]);
}, 180_000);
