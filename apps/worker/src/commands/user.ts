import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { erasureReasons, type ErasureReason } from "@twin/contracts/vocabulary";
import { type Actor, inTenant } from "@twin/db/tenancy/actor";
import { recordAudit } from "@twin/db/tenancy/audit/record";
import type { Database } from "@twin/db/postgres/connect";
import { askErasure } from "@twin/db/privacy/erasures/ask";
import { openLedger } from "@twin/db/privacy/erasures/ledger";
import { readPrivacy } from "@twin/db/privacy/erasures/privacy";
import { replayLedger } from "@twin/db/privacy/erasures/replay";
import { eraseDue } from "@twin/db/privacy/erasures/run";
import { undoErasure } from "@twin/db/privacy/erasures/undo";
import { listExports } from "@twin/db/privacy/exports/list";
import { sectionsOf } from "@twin/db/privacy/exports/sections";
import { listOrganizations } from "@twin/db/tenancy/organizations/find";
import { zipOf } from "../export/zip.ts";
import { type Call, type Command, exit, Failure, UsageError } from "./command.ts";
import { commandActor, organizationOf, place, withDatabase } from "./database.ts";
import { table } from "./output.ts";
import { sentenceOf } from "./sentence.ts";
import { findByAddress } from "@twin/db/people/users/find";

const org = { type: "string", value: "SLUG", help: "the organisation", required: true } as const;

/** Somebody by their address, deleted or not. */
async function findPerson(db: Database, actor: Actor, email: string): Promise<string> {
  const id = await findByAddress(db, actor, email);
  if (id === null) throw new Failure(`Nobody has the address ${email} there.`);
  return id;
}

const withPerson = (call: Call, command: string, run: (db: Database, actor: Actor, id: string) => Promise<number>) =>
  withDatabase(async (db) => {
    const { org_id } = await organizationOf(db, call.given("org"));
    const actor = commandActor(org_id, command);
    return run(db, actor, await findPerson(db, actor, call.words[0]!));
  });

/** `user export EMAIL`. */
export const userExport: Command = {
  name: "user export",
  summary: "Write everything that is held on a person into a zip",
  words: ["EMAIL"],
  flags: { org, out: { type: "string", value: "FILE", help: "the zip to write", required: true } },
  notes: "The file isn't encrypted: it is readable by you alone, so hand it over and delete it.",
  run: (call) =>
    withPerson(call, "user export", async (db, actor, id) => {
      await inTenant(db, actor, (tx) => recordAudit(tx, { action: "user.export", object_type: "user", object_id: id }));
      const file = createWriteStream(call.given("out"), { mode: 0o600, flags: "wx" });
      await pipeline(Readable.from(zipOf(sectionsOf(db, actor, id), new Date())), file).catch(
        async (error: unknown) => {
          const isOurs = (error as NodeJS.ErrnoException).code !== "EEXIST";
          if (isOurs) await rm(call.given("out"), { force: true });
          throw new Failure(`${call.given("out")}: ${isOurs ? sentenceOf(error) : "there is such a file already"}`);
        },
      );
      call.out.result({ file: call.given("out"), bytes: file.bytesWritten }, [
        `${call.given("out")} holds what is kept about them: ${file.bytesWritten} bytes.`,
      ]);
      return exit.ok;
    }),
};

/** `user exports`. */
export const userExports: Command = {
  name: "user exports",
  summary: "List the exports that were asked for in the dashboard, and why one could not be made",
  flags: { org },
  notes: "A failed one is made by ./twinctl jobs retry JOB, or when it is asked for again.",
  run: (call) =>
    withDatabase(async (db) => {
      const { org_id } = await organizationOf(db, call.given("org"));
      const exports = await listExports(db, commandActor(org_id, "user exports"), { limit: 200 });
      const head = ["PERSON", "ASKED", "STATUS", "UNTIL", "BYTES", "JOB", ""];
      const lines = exports.map(({ email, requested_at, status, expires_at, bytes, job, error }) =>
        [email, requested_at.slice(0, 16), status, expires_at.slice(0, 10), bytes ?? "", job ?? "", error ?? ""].map(
          String,
        ),
      );
      call.out.result({ exports }, lines.length === 0 ? ["Nobody asked for one."] : table([head, ...lines]));
      return exit.ok;
    }),
};

/** `user erase EMAIL`. */
export const userErase: Command = {
  name: "user erase",
  summary: "Erase a person: out of every list at once, rows and keys after the days of grace",
  words: ["EMAIL"],
  flags: {
    org,
    reason: { type: "string", value: "WHY", help: `one of ${Object.keys(erasureReasons).join(", ")}`, required: true },
    immediately: { type: "boolean", help: "without days of grace: it can't be undone" },
    "dry-run": { type: "boolean", help: "count what would go and what would stay, and change nothing" },
  },
  run(call) {
    const reason = call.given("reason");
    if (!(reason in erasureReasons))
      throw new UsageError(`--reason must be one of ${Object.keys(erasureReasons).join(", ")}`);
    return withPerson(call, "user erase", async (db, actor, user_id) => {
      const now = new Date();
      if (!call.isSet("dry-run")) {
        const immediately = call.isSet("immediately");
        await askErasure(
          db,
          actor,
          { user_id, email: call.words[0]!, reason: reason as ErasureReason, immediately },
          now,
        );
        if (immediately) await eraseDue(db, actor, { now, ledger: openLedger(place().ledger) });
      }
      const { receipt, state, erasure, held_by } = await readPrivacy(db, actor, { user_id }, now);
      const waits = held_by === null ? "" : ` It waits: a legal hold (${held_by}).`;
      call.out.result({ state, erasure, held_by, receipt }, [
        ...table([
          ["TABLE", "ROWS", "", "WHY"],
          ...receipt.lines.map(({ table: name, rows, what, why }) => [name, String(rows), what.replace("_", " "), why]),
        ]),
        state === "erased"
          ? `Erased, receipt ${receipt.number}. Copies of the whole database that were made before stay readable until you delete them.`
          : state === "here"
            ? "Nothing was changed."
            : `Out of every list. Rows and keys go from ${erasure?.due_at}; until then: ./twinctl user undo.${waits}`,
      ]);
      return exit.ok;
    });
  },
};

/** `user undo EMAIL`. */
export const userUndo: Command = {
  name: "user undo",
  summary: "Take an erasure back, while nothing has gone",
  words: ["EMAIL"],
  flags: { org },
  run: (call) =>
    withPerson(call, "user undo", async (db, actor, user_id) => {
      call.out.result(await undoErasure(db, actor, { user_id }, new Date()), ["They are in every list again."]);
      return exit.ok;
    }),
};

/** `user replay`. */
export const userReplay: Command = {
  name: "user replay",
  summary: "After a restore: erase again whom the erasure ledger names",
  notes: "The worker does it at every start, too.",
  run: (call) =>
    withDatabase(async (db) => {
      const now = new Date();
      const ledger = openLedger(place().ledger);
      const replayed = await replayLedger(db, ledger, now);
      let erased = 0;
      for (const { org_id } of await listOrganizations(db))
        erased += (await eraseDue(db, commandActor(org_id, "user replay"), { now, ledger })).erased;
      call.out.result({ ...replayed, erased }, [
        `${replayed.entries} erasures in the ledger, ${replayed.again} had come back, ${erased} people erased.`,
      ]);
      return exit.ok;
    }),
};
