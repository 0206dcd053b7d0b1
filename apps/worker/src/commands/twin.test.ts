import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useDatabase } from "@twin/db/test/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resultOf, runTwinctl } from "../../test/processes.ts";

const database = useDatabase();
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "twinctl-twin-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const twinctl = (words: string[], input = "") =>
  runTwinctl({ DATABASE_URL: database.url, DATA_DIR: folder }, words, input);
const records = [
  { type: "user", external_id: "u1", email: "ann@x.example", full_name: "Ann" },
  { type: "user", external_id: "u2", email: "ben@x.example", full_name: "Ben" },
  { type: "twin", external_id: "t1", user: "u1", name: "Ann's Twin" },
];

test(
  "a twin's owner is put right by its name or a sender's id for it, and whom nobody knows is refused",
  { timeout: 180_000 },
  async () => {
    await twinctl(["org", "create", "acme", "--name", "Acme", "--timezone", "UTC"]);
    await twinctl(["import", "ndjson", "-", "--org", "acme"], records.map((one) => JSON.stringify(one)).join("\n"));
    const set = (twin: string, owner: string, ...more: string[]) =>
      twinctl(["twin", "set-owner", twin, "--owner", owner, "--org", "acme", ...more]);
    expect(await set("ann's twin", "Ben@x.example")).toMatchObject({
      code: 0,
      out: "Ann's Twin is a twin of Ben@x.example now. The worker brings shared use of open days up to date.\n",
    });
    const back = await set("t1", "ann@x.example", "--json");
    expect([back.code, resultOf(back)]).toMatchObject([0, { twin_name: "Ann's Twin" }]);
    expect(await set("t1", "ann@x.example")).toMatchObject({ code: 0, out: expect.stringContaining("as before") });
    expect(await set("t2", "ann@x.example")).toMatchObject({ code: 1, err: expect.stringContaining("“t2”") });
    expect(await set("t1", "eve@x.example")).toMatchObject({
      code: 1,
      err: expect.stringContaining("“eve@x.example”"),
    });
    const { rows } = await database.pool.query(
      "select actor_id, details from audit_log where action = 'twin.set_owner'",
    );
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({ actor_id: "twinctl twin set-owner" });
  },
);
