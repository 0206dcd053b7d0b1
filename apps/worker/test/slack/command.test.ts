import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { useDatabase } from "@twin/db/test/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resultOf, runTwinctl } from "../processes.ts";
import {
  answers,
  bot,
  conversation,
  day,
  noon,
  plainExport,
  says,
  useExports,
  users,
} from "@twin/integrations/test/slack/exports";

const database = useDatabase();
const exports = useExports();
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "slack-command-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const twinctl = (...words: string[]) => runTwinctl({ DATABASE_URL: database.url, DATA_DIR: folder }, words);
const slow = { timeout: 180_000 };
const files = {
  ...plainExport,
  "users.json": [...users, bot("UC", "GitHub", "B2")],
  [day]: [...conversation(), says("U3", noon + 60, "lunch?"), answers(noon + 70, "built", { bot_id: "B2" })],
};

test(
  "where no bot is named nothing is written, and the bots that speak are listed with the line to use",
  slow,
  async () => {
    await twinctl("org", "create", "acme", "--name", "Acme", "--timezone", "UTC");
    const path = exports.zip(files);
    const { code, out, err } = await twinctl("import", "slack", path, "--org", "acme");
    expect([code, out]).toEqual([2, ""]);
    expect(err.trim().split("\n")).toEqual([
      "It isn't said which bots are twins, so nothing was written.",
      "These bots speak in the export:",
      "  name    id  messages  threads with people",
      "  AskGPT  UB  1         1",
      "  GitHub  UC  1         0",
      "Name each that is a twin, and whose it is:",
      `  ./twinctl import slack ${path} --org acme --bot AskGPT=u1@x.example`,
    ]);
    const typo = await twinctl("import", "slack", path, "--org", "acme", "--bot", "AskGTP", "--json");
    expect([typo.code, resultOf(typo)]).toMatchObject([
      2,
      {
        error: expect.stringMatching(/--bot AskGTP: no bot/),
        bots: [{ name: "AskGPT", id: "UB", messages: 1, threads_with_people: 1 }, {}],
      },
    ]);
    const { rows } = await database.pool.query("select count(*)::int n from users");
    expect(rows).toEqual([{ n: 0 }]);
  },
);

test(
  "an import tells what came in and what was left out; a dry run tells the same and writes nothing",
  slow,
  async () => {
    await twinctl("org", "create", "told", "--name", "Told", "--timezone", "UTC");
    const words = ["import", "slack", exports.zip(files), "--org", "told", "--bot", "AskGPT=U1"];
    const told = {
      conversations: 1,
      messages: 2,
      left_out: { messages: {}, threads: { without_named_bot: { threads: 2, messages: 2 } }, folders: { folders: 0 } },
    };
    const dry = await twinctl(...words, "--dry-run", "--json");
    expect([dry.code, resultOf(dry)]).toMatchObject([0, { dry_run: true, records: 6, ...told }]);
    const first = await twinctl(...words);
    expect([first.code, first.out]).toEqual([0, expect.stringMatching(/accepted {4}6\n/)]);
    expect(first.out).toContain(
      "1 conversation with 2 messages, of AskGPT\nleft out: 2 messages\n  2 threads in which no named bot speaks (2 messages)\n",
    );
    const again = await twinctl(...words, "--json");
    expect([again.code, resultOf(again)]).toMatchObject([
      0,
      { accepted: 0, updated: 0, duplicates: 6, rejected: [], ...told },
    ]);
  },
);

test(
  "a file that can't be read is named and ends it with 3; the bots may stand in a list beside the export",
  slow,
  async () => {
    await twinctl("org", "create", "partly", "--name", "Partly", "--timezone", "UTC");
    const path = exports.zip({ ...files, "general/2025-10-10.json": "<html>rate limited</html>" });
    writeFileSync(join(dirname(path), "twins.csv"), "bot,owner\nAskGPT,u1@x.example\n");
    const { code, out } = await twinctl("import", "slack", path, "--org", "partly");
    expect([code, out]).toEqual([
      3,
      expect.stringContaining("not readable: 1 file\n  general/2025-10-10.json is not a list in JSON\n"),
    ]);
    const lines = join(folder, "records.ndjson");
    const written = await twinctl("import", "slack", path, "--to-ndjson", lines, "--json");
    expect([written.code, resultOf(written)]).toMatchObject([
      3,
      { records: 6, source: "slack:T1", unreadable: ["general/2025-10-10.json"] },
    ]);
    const types = readFileSync(lines, "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(["user", "user", "user", "twin", "installation", "activity"]);
  },
);
