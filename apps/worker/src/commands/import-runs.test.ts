import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useDatabase } from "@twin/db/test/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resultOf, runTwinctl } from "../../test/processes.ts";

const database = useDatabase();
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "twinctl-runs-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const twinctl = (words: string[], input = "") =>
  runTwinctl({ DATABASE_URL: database.url, DATA_DIR: folder }, words, input);
const records = [
  { type: "user", external_id: "u1", email: "ann@x.example", full_name: "Ann" },
  { type: "twin", external_id: "t1", user: "u1", name: "Ann's Twin" },
];

test(
  "an import tells its run, is listed, and is taken back after a dry run and a yes alone",
  { timeout: 180_000 },
  async () => {
    await twinctl(["org", "create", "acme", "--name", "Acme", "--timezone", "UTC"]);
    const lines = records.map((one) => JSON.stringify(one)).join("\n");
    const brought = await twinctl(["import", "ndjson", "-", "--org", "acme"], lines);
    expect(brought.out).toContain("\nRun 1: ./twinctl import undo 1 --org acme takes back what it made.\n");
    const listed = await twinctl(["import", "ls", "--org", "acme", "--json"]);
    expect(resultOf(listed)).toMatchObject({
      imports: [
        {
          id: 1,
          command: "import ndjson",
          source: "import",
          status: "done",
          outcome: { records: 2, accepted: 2, updated: 0, duplicates: 0, rejected: 0 },
          made: { user: 1, twin: 1 },
          undone: {},
        },
      ],
    });
    const undo = (...more: string[]) => twinctl(["import", "undo", "1", "--org", "acme", ...more]);
    const told = /^Run 1 \(import ndjson, import, \d{4}-\d\d-\d\d\)\n {2}goes: 1 person, 1 twin\nNothing was changed\./;
    expect(await undo("--dry-run")).toMatchObject({ code: 0, out: expect.stringMatching(told) });
    expect(await undo()).toMatchObject({ code: 2, out: "", err: expect.stringMatching(told) });
    expect(await undo("--yes")).toMatchObject({
      code: 0,
      out: "Run 1: 1 person, 1 twin taken back\nThe worker brings figures up to date.\n",
    });
    const ls = await twinctl(["import", "ls", "--org", "acme"]);
    expect(ls.out).toMatch(/^1 {2}.*undone +1 person, 1 twin +1 person, 1 twin$/m);
    expect(await twinctl(["import", "undo", "9", "--org", "acme", "--yes"])).toMatchObject({
      code: 1,
      err: "there is no import 9 in this organisation\n",
    });
    expect(await twinctl(["import", "undo", "x", "--org", "acme"])).toMatchObject({ code: 2 });
  },
);
