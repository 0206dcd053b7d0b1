import type { AuditAction } from "@twin/contracts/audit";
import type { Call, Written } from "./acts-of-members.ts";
import { type Api, sessionOf, type Tenant } from "./world.ts";

/** How what owners alone, and who writes below charts, do is caused: a demonstration is made, and removed from within. */
export function actsOfOwners(api: Api, call: Call, asking: () => Tenant) {
  const demonstration = async (): Promise<{ org_id: number }> => {
    const text = "select id as org_id from auth.organizations where demo_of = $1";
    return (await api.database.pool.query(text, [asking().org_id])).rows[0];
  };
  return {
    "annotation.create": async (): Promise<Written> => {
      const { id } = await call("annotations.create", { day: "2026-03-02", text: "A release" });
      return { object: ["annotation", id] };
    },
    "annotation.remove": async (): Promise<Written> => {
      const id = asking().ids.annotation;
      await call("annotations.remove", { id });
      return { object: ["annotation", id] };
    },
    "csv.export": async (): Promise<Written> => {
      await call("audit.noteFile", { list: "users", asked: { department: "Sales" } });
      return { object: ["list", "users"] };
    },
    "demonstration.make": async (): Promise<Written> => {
      await call("organization.makeDemonstration", {});
      const begins = await demonstration();
      return { begins, object: ["organization", String(begins.org_id)] };
    },
    "demonstration.remove": async (): Promise<Written> => {
      const { org_id } = await demonstration();
      const inside = await sessionOf(api, asking().accounts.owner, org_id);
      await call("organization.removeDemonstration", { name: "Acme Corp" }, inside);
      return { object: ["organization", String(org_id)] };
    },
  } satisfies Partial<Record<AuditAction, () => Promise<Written>>>;
}
