import type { AuditAction } from "@twin/db/tenancy/audit/actions";
import type { Call, Written } from "./acts-of-members.ts";
import { type Api, sessionOf, type Tenant } from "./world.ts";

/** How what is written down of demonstrations is caused: an owner asks for one, and removes it from within. */
export function actsOnDemonstrations(api: Api, call: Call, asking: () => Tenant) {
  const demonstration = async (): Promise<{ org_id: number }> => {
    const text = "select id as org_id from auth.organizations where demo_of = $1";
    return (await api.database.pool.query(text, [asking().org_id])).rows[0];
  };
  return {
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
