import { Day } from "@twin/contracts/dates";
import { verifyOrganization } from "@twin/db/figures/verify";
import { type Call, type Command, exit, UsageError } from "./command.ts";
import { commandActor, organizationOf, withDatabase } from "./database.ts";
import type { Difference } from "@twin/db/figures/compare";

const listedAtMost = 10_000;

function day(call: Call, flag: string): string | undefined {
  const value = call.text(flag);
  if (value !== undefined && !Day.safeParse(value).success)
    throw new UsageError(`--${flag} must be a day as YYYY-MM-DD`);
  return value;
}

const line = ({ table, key, column, stored, recomputed }: Difference) =>
  `${table} ${Object.entries(key)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ")} ${column}: stored ${JSON.stringify(stored)}, recomputed ${JSON.stringify(recomputed)}`;

/** `verify`. */
export const verify: Command = {
  name: "verify",
  summary: "Recompute every stored figure from raw rows and print what differs",
  flags: {
    org: { type: "string", value: "SLUG", help: "the organisation", required: true },
    from: { type: "string", value: "DAY", help: "first day to look at (default: all)" },
    to: { type: "string", value: "DAY", help: "last day to look at (default: all)" },
  },
  notes: [
    "Changes nothing. Days that are still to be recomputed are passed over: run ./twinctl jobs wait first.",
    "So is what only a midnight since the last rollup has made due.",
  ].join("\n"),
  run(call) {
    const [from, to] = [day(call, "from"), day(call, "to")];
    if (from !== undefined && to !== undefined && from > to) throw new UsageError("--from must not be after --to");
    return withDatabase(async (db) => {
      const { org_id } = await organizationOf(db, call.given("org"));
      const found: Difference[] = [];
      let differences = 0;
      const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
      for await (const one of verifyOrganization(db, commandActor(org_id, "verify"), { now: new Date(), ...range })) {
        differences++;
        if (found.length < listedAtMost) found.push(one);
        call.out.say(line(one));
      }
      call.out.result({ differences, found }, [`${differences} differences`]);
      return differences === 0 ? exit.ok : exit.failed;
    });
  },
};
