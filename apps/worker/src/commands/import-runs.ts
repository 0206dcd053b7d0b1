import { createInterface } from "node:readline/promises";
import { listImports, type RowCounts } from "@twin/db/imports/runs";
import { planUndo, type UndoAnswer, undoImport } from "@twin/db/imports/undo";
import { type Call, type Command, exit, UsageError } from "./command.ts";
import { commandActor, organizationOf, withDatabase } from "./database.ts";
import { hearSignals } from "./hear-signals.ts";
import { table } from "./output.ts";
import { plural } from "@twin/wording/format";

const org = { type: "string", value: "SLUG", help: "the organisation", required: true } as const;
const listedAtMost = 200;

const nouns = {
  user: ["person", "people"],
  twin: ["twin", "twins"],
  installation: ["installation", "installations"],
  session: ["session", "sessions"],
  activity: ["activity", "activities"],
  message: ["message", "messages"],
  feature: ["use of a feature", "uses of features"],
} as const;

/** `2 people, 1 twin`. */
function toldRows(counts: RowCounts): string {
  const told = Object.entries(nouns).flatMap(([kind, [one, many]]) => {
    const rows = counts[kind as keyof RowCounts] ?? 0;
    return rows === 0 ? [] : [plural(rows, one, many)];
  });
  return told.length === 0 ? "nothing" : told.join(", ");
}

/** `import ls`. */
export const importLs: Command = {
  name: "import ls",
  summary: "List the imports into an organisation, and what each made",
  flags: { org },
  run: (call) =>
    withDatabase(async (db) => {
      const { org_id } = await organizationOf(db, call.given("org"));
      const imports = await listImports(db, commandActor(org_id, "import ls"), { limit: listedAtMost });
      const rows = imports.map(({ id, command, source, status, started_at, made, undone }) => [
        String(id),
        started_at.slice(0, 16).replace("T", " "),
        command.replace("import ", ""),
        source,
        status,
        toldRows(made),
        Object.keys(undone).length === 0 ? "" : toldRows(undone),
      ]);
      const head = ["RUN", "BEGAN (UTC)", "KIND", "SOURCE", "STATUS", "MADE", "TAKEN BACK"];
      call.out.result({ imports }, imports.length === 0 ? ["Nothing was imported there."] : table([head, ...rows]));
      return exit.ok;
    }),
};

const reasons = {
  shared: "another import brought them too",
  final: "they lie in days whose figures are final, or hang on such",
  held: "a legal hold keeps them, or they are about to be erased",
  used: "rows that stay need them",
} as const;

function toldStaying({ staying }: UndoAnswer): string[] {
  return Object.entries(reasons).flatMap(([reason, why]) => {
    const counts = staying[reason as keyof typeof reasons];
    return Object.keys(counts).length === 0 ? [] : [`  stays: ${toldRows(counts)}: ${why}`];
  });
}

/** Asks at the terminal; without one the answer is no. */
async function isConfirmed(call: Call, question: string): Promise<boolean> {
  if (call.isSet("yes")) return true;
  if (call.out.json || !process.stdin.isTTY || !process.stderr.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim().toLowerCase() === "yes";
  } finally {
    terminal.close();
  }
}

function readRun(word: string): number {
  if (!/^[1-9]\d{0,8}$/.test(word)) throw new UsageError(`"${word}" is no run: ./twinctl import ls names them`);
  return Number(word);
}

/** `import undo RUN`. */
export const importUndo: Command = {
  name: "import undo",
  summary: "Take back what an import made",
  words: ["RUN"],
  flags: {
    org,
    "dry-run": { type: "boolean", help: "tell what would go and what would stay, and change nothing" },
    yes: { type: "boolean", help: "don't ask" },
  },
  notes: [
    "What the import alone brought goes, in days that aren't sealed; figures follow within minutes. What somebody else sent",
    "too, and what others' records hang on, stays, and so does what it changed in rows of others. The dry run comes first in any",
    "case, and then the question. Interrupted, it is gone on with by the same command. The same records may come in again.",
  ].join("\n"),
  run(call) {
    const run = readRun(call.words[0]!);
    const stop = hearSignals();
    return withDatabase(async (db) => {
      const slug = call.given("org");
      const { org_id } = await organizationOf(db, slug);
      const actor = commandActor(org_id, "import undo");
      const plan = await planUndo(db, actor, run);
      const { command, source, started_at } = plan.run;
      const told = [
        `Run ${run} (${command}, ${source}, ${started_at.slice(0, 10)})`,
        `  goes: ${toldRows(plan.going)}`,
        ...toldStaying(plan),
      ];
      if (call.isSet("dry-run")) {
        call.out.result({ dry_run: true, ...plan }, [...told, "Nothing was changed."]);
        return exit.ok;
      }
      for (const line of told) call.out.remark(line);
      if (!(await isConfirmed(call, "Take it back? yes or no: "))) {
        call.out.remark("Nothing was changed. --yes takes it back without asking.");
        return exit.usage;
      }
      const done = await undoImport(db, actor, run, { now: new Date(), signal: stop.signal });
      call.out.result(done, [
        `Run ${run}: ${toldRows(done.going)} taken back`,
        ...toldStaying(done),
        ...(Object.keys(done.going).length === 0 ? [] : ["The worker brings figures up to date."]),
      ]);
      if (done.status === "done") return exit.ok;
      call.out.remark("Stopped before the end: the same command goes on.");
      return exit.failed;
    }).finally(() => stop.close());
  },
};
