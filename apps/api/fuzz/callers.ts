import { createKey, revokeKey } from "@twin/db/access/keys";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { permissionsOf, roles, scopes } from "@twin/contracts/vocabulary";
import { makeTenant, sessionOf, type Tenant } from "../test/tenants.ts";

/** Somebody who asks, by a name that stays when their session or key is another one. */
export type Asker = {
  name: string;
  headers: Record<string, string>;
  /** Gives them a session or key again after they ended their own; absent for who has none. */
  renew?: () => Promise<void>;
};

/** `a` is who may be seen by nobody, `b` the organisation of everyone who asks. */
export type World = { a: Tenant; b: Tenant; askers: Asker[] };

/** The able ask more often: who is refused at the door never gets to what is behind. */
const often = 9;

/** Two organisations, and of one of them everyone who can ask: members, keys, and such as are valid no more. */
export async function makeWorld(db: Database): Promise<World> {
  const a = await makeTenant({ db }, "alpha");
  const b = await makeTenant({ db }, "beta");
  const member = (role: (typeof roles)[number]): Asker => {
    const asker: Asker = {
      name: role,
      headers: b.members[role].headers,
      async renew() {
        asker.headers = (await sessionOf({ db }, b.accounts[role], b.org_id)).headers;
      },
    };
    return asker;
  };
  const holder = async (name: string, granted: readonly (typeof scopes)[number][]): Promise<Asker> => {
    const asker: Asker = {
      name,
      headers: (await b.key(granted)).headers,
      async renew() {
        asker.headers = (await b.key(granted)).headers;
      },
    };
    return asker;
  };
  const invalid = (name: string, headers: Record<string, string>): Asker => ({ name, headers });
  const [owner, everything] = [member("owner"), await holder("key of every scope", scopes)];
  const askers = [
    ...Array.from({ length: often }, () => [owner, everything]).flat(),
    ...roles.filter((role) => role !== "owner").map(member),
    invalid("nobody", {}),
    invalid("nobody", {}),
    invalid("revoked key", await revokedKey(db, b)),
    invalid("expired key", await expiredKey(db, b)),
    invalid("broken key", { authorization: `Bearer ${b.everything.secret.slice(0, -1)}0` }),
    invalid("ended session", { cookie: "twin_session=nobodysnobodysnobodysnobodysnobodysnobodys" }),
  ];
  for (const scope of scopes) askers.push(await holder(`key of ${scope}`, [scope]));
  return { a, b, askers };
}

const ownerOf = ({ org_id, accounts }: Tenant): Actor => {
  const owner = { kind: "member", org_id, account_id: accounts.owner, name: "o", role: "owner" } as const;
  return { ...owner, permissions: permissionsOf("owner"), request_id: "fuzz" };
};

async function revokedKey(db: Database, tenant: Tenant): Promise<Record<string, string>> {
  const { id, headers } = await tenant.key(scopes);
  await revokeKey(db, ownerOf(tenant), { id });
  return headers;
}

async function expiredKey(db: Database, tenant: Tenant): Promise<Record<string, string>> {
  const [ended, made] = [1, 2].map((days) => new Date(Date.now() - days * 86_400_000)) as [Date, Date];
  const input = { name: "old", source: "old", scopes: ["metrics.read" as const], expires_at: ended.toISOString() };
  const { key } = await createKey(db, ownerOf(tenant), input, made);
  return { authorization: `Bearer ${key}` };
}
