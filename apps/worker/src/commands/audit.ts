import { sealAudit } from "@twin/db/tenancy/audit/seal";
import { verifyAudit } from "@twin/db/tenancy/audit/verify-audit";
import { openHeads } from "@twin/db/tenancy/audit/heads";
import { listOrganizations } from "@twin/db/tenancy/organizations/find";
import { type Command, exit } from "./command.ts";
import { commandActor, organizationOf, place, withDatabase } from "./database.ts";
import { table } from "./output.ts";

/** `audit verify`. */
export const auditVerify: Command = {
  name: "audit verify",
  summary: "Seal the audit, and compute its chain anew: a row that was changed, taken out or put in is named",
  flags: { org: { type: "string", value: "SLUG", help: "one organisation; else each" } },
  notes: "Ends with 1 where an audit isn't what was written down.",
  run: (call) =>
    withDatabase(async (db) => {
      const slug = call.text("org");
      const organizations = slug ? [await organizationOf(db, slug)] : await listOrganizations(db);
      const heads = openHeads(place().heads);
      const checks = [];
      for (const { org_id, slug: name } of organizations) {
        const actor = commandActor(org_id, "audit verify");
        const now = new Date();
        await sealAudit(db, actor, { now, heads });
        checks.push({ organization: name, ...(await verifyAudit(db, actor, { now, heads })) });
      }
      call.out.result(
        { checks },
        table([
          ["ORGANISATION", "ROWS", "SEALS", ""],
          ...checks.map(({ organization, rows, seals, problem }) => [
            organization,
            String(rows),
            String(seals),
            problem ?? "whole",
          ]),
        ]),
      );
      return checks.some(({ problem }) => problem !== null) ? exit.failed : exit.ok;
    }),
};
