import { addMember } from "@twin/db/access/accounts";
import { createOrganization } from "@twin/db/access/create-organization";
import { signIn } from "@twin/db/access/sign-in";
import { type Member, memberOf } from "@twin/db/access/viewer";
import { makeDemonstration } from "@twin/db/demonstration/make";
import type { Database } from "@twin/db/postgres/connect";
import { systemOf } from "@twin/db/test/actors";
import type { TestDatabase } from "@twin/db/test/database";

export const password = "a long password";
export type Owner = { org_id: number; name: string; email: string; owner: Member };

/** Owners of organisations of their own, and their demonstrations. */
export function useOwners(database: TestDatabase, app: { db: Database }) {
  let made = 0;
  return {
    /** An organisation and its owner, signed in. */
    async makeOwner(): Promise<Owner> {
      const name = `asking-${++made}`;
      const { org_id } = await createOrganization(app.db, { slug: name, name, time_zone: "UTC" });
      const email = `owner@${name}.example`;
      await addMember(app.db, systemOf(org_id), { email, role: "owner", password });
      const browser = { request_id: "test", wait: async () => {} };
      const { token } = await signIn(app.db, { email, password }, browser);
      const owner = (await memberOf(app.db, token, { request_id: "test" }))!;
      return { org_id, name, email, owner };
    },
    /** The number of the demonstration that an owner asks for. */
    async makeDemo(owner: Member): Promise<number> {
      const { slug } = await makeDemonstration(app.db, owner);
      const { rows } = await database.pool.query("select id from auth.organizations where slug = $1", [slug]);
      return rows[0].id as number;
    },
  };
}
