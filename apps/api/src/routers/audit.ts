import { audit } from "@twin/contracts/audit";
import { askAuditCheck } from "@twin/db/jobs/ask-audit-check";
import { listAudit, readAuditState } from "@twin/db/tenancy/audit/list-audit";
import { noteFile } from "@twin/db/tenancy/audit/note-file";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const auditRouter = t.router({
  list: implement(audit.list).query(({ ctx, input }) => listAudit(ctx.db, ctx.actor, input)),
  state: implement(audit.state).query(({ ctx }) => readAuditState(ctx.db, ctx.actor)),
  noteFile: implement(audit.noteFile).mutation(async ({ ctx, input }) => {
    await noteFile(ctx.db, ctx.actor, input);
    return { ok: true } as const;
  }),
  verify: implement(audit.verify).mutation(async ({ ctx }) => {
    await askAuditCheck(ctx.db, ctx.actor);
    return { ok: true } as const;
  }),
});
