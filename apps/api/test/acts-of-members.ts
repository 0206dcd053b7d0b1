import { createHash } from "node:crypto";
import type { AuditAction } from "@twin/contracts/audit";
import type { Api, Caller, Parsed } from "./world.ts";

/** What an audit row must say of an act; `in`: another organisation than the first. */
export type Written = {
  by?: "owner" | "system" | "key" | "joined";
  in?: { org_id: number };
  object: [type: string, id: string];
  reason?: string;
  /** An organisation that is made by it, whose log begins with it. */
  begins?: { org_id: number };
};

export type Call = (name: string, input: unknown, caller?: Caller) => Promise<Parsed>;

/** How what is written down of members is caused, in this order: somebody is invited, joins, is changed and removed. */
export function actsOfMembers({ database }: Api, call: Call) {
  let token = "";
  const joined: [string, string] = ["account", ""];
  const change = async (input: object): Promise<Written> => {
    await call("members.change", { account_id: joined[1], ...input });
    return { object: joined };
  };
  return {
    "member.invite": async (): Promise<Written> => {
      const made = await call("members.invite", { email: "invited@acme.example", role: "viewer" });
      token = made.token;
      return { object: ["invitation", made.id] };
    },
    "member.join": async (): Promise<Written> => {
      await call("members.accept", { token, password: "a long password", full_name: "Invited" }, { headers: {} });
      const { rows } = await database.pool.query("select id from auth.accounts where email = 'invited@acme.example'");
      joined[1] = rows[0].id;
      return { by: "joined", object: ["invitation", createHash("sha256").update(token).digest("base64url")] };
    },
    "member.change": () => change({ titles_read: true }),
    "member.deactivate": () => change({ active: false }),
    "member.activate": () => change({ active: true }),
    "member.remove": async (): Promise<Written> => {
      await call("members.remove", { account_id: joined[1] });
      return { object: joined };
    },
    "member.revoke_invitation": async (): Promise<Written> => {
      const { id } = await call("members.invite", { email: "second@acme.example", role: "viewer" });
      await call("members.revokeInvitation", { id });
      return { object: ["invitation", id] };
    },
  } satisfies Partial<Record<AuditAction, () => Promise<Written>>>;
}
