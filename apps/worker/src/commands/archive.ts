import { type ArchivedMonth, Month } from "@twin/contracts/archives";
import { listArchives } from "@twin/db/archives/list";
import { requestRestore, restoreMonth } from "@twin/db/archives/restore";
import { type Verified, verifyArchives } from "@twin/db/archives/verify";
import { openLedger } from "@twin/db/privacy/erasures/ledger";
import { replayLedger } from "@twin/db/privacy/erasures/replay";
import { eraseDue } from "@twin/db/privacy/erasures/run";
import { type Call, type Command, exit, Failure, UsageError } from "./command.ts";
import { commandActor, organizationOf, place, withDatabase } from "./database.ts";
import { table } from "./output.ts";
import { takeFromRestored } from "@twin/db/privacy/erasures/steps/restored";
import { count } from "@twin/wording/format";

const org = { type: "string", value: "SLUG", help: "the organisation", required: true } as const;

function monthAsked(call: Call): string | undefined {
  const month = call.text("month");
  if (month !== undefined && !Month.safeParse(month).success)
    throw new UsageError("--month must be a month as YYYY-MM");
  return month;
}

const row = ({ month, parts, activities, rows, bytes, restoration, damage, is_complete }: ArchivedMonth) => [
  month,
  count(parts),
  count(activities),
  count(rows),
  count(bytes),
  restoration
    ? `${restoration.status}${restoration.expires_at ? ` until ${restoration.expires_at.slice(0, 10)}` : ""}`
    : "",
  damage ?? (is_complete ? "" : "being purged"),
];

/** `archive ls`. */
export const archiveLs: Command = {
  name: "archive ls",
  summary: "List the archived months of an organisation",
  flags: { org },
  run: (call) =>
    withDatabase(async (db) => {
      const { org_id } = await organizationOf(db, call.given("org"));
      const { months } = await listArchives(db, commandActor(org_id, "archive ls"));
      const head = ["MONTH", "PARTS", "ACTIVITIES", "ROWS", "BYTES", "RESTORED", ""];
      call.out.result(
        { where: place().archive.where, months },
        months.length === 0 ? ["Nothing is archived yet."] : table([head, ...months.map(row)]),
      );
      return exit.ok;
    }),
};

/** `archive verify`. */
export const archiveVerify: Command = {
  name: "archive verify",
  summary: "Read every archived file back and name those that aren't what was written",
  flags: { org, month: { type: "string", value: "YYYY-MM", help: "this month alone" } },
  run(call) {
    const month = monthAsked(call);
    return withDatabase(async (db) => {
      const { org_id } = await organizationOf(db, call.given("org"));
      const parts: Verified[] = [];
      const { archive } = place();
      for await (const part of verifyArchives(db, commandActor(org_id, "archive verify"), archive, {
        month,
        now: new Date(),
      })) {
        parts.push(part);
        call.out.say(
          `${part.month} part ${part.seq}: ${part.damage ?? `${count(part.rows)} rows, as they were written`}`,
        );
      }
      const damaged = parts.filter(({ damage }) => damage !== null);
      const rows = parts.reduce((sum, part) => sum + part.rows, 0);
      call.out.result({ ok: damaged.length === 0, rows, parts }, [
        damaged.length === 0
          ? `${count(parts.length)} parts with ${count(rows)} rows are as they were written.`
          : `${count(damaged.length)} of ${count(parts.length)} parts are damaged: put their files back from a copy.`,
      ]);
      return damaged.length === 0 ? exit.ok : exit.failed;
    });
  },
};

/** `archive restore`. */
export const archiveRestore: Command = {
  name: "archive restore",
  summary: "Bring an archived month back to be looked at, for thirty days",
  flags: { org, month: { type: "string", value: "YYYY-MM", help: "the month", required: true } },
  notes: "What an erasure took since stays away. Figures don't change: they never left.",
  run(call) {
    const month = monthAsked(call)!;
    return withDatabase(async (db) => {
      const { org_id } = await organizationOf(db, call.given("org"));
      const actor = commandActor(org_id, "archive restore");
      const now = new Date();
      const ledger = openLedger(place().ledger);
      if ((await replayLedger(db, ledger, now)).again > 0) await eraseDue(db, actor, { now, ledger });
      await requestRestore(db, actor, { month }, { now, isQueued: false });
      const restored = await restoreMonth(db, actor, place().archive, {
        month,
        now,
        takeErased: takeFromRestored,
      }).catch((error: Error) => {
        throw new Failure(error.message);
      });
      call.out.result({ month, ...restored }, [
        `${count(restored.activities)} activities of ${month} are there again (${count(restored.rows)} rows).`,
      ]);
      return exit.ok;
    });
  },
};
