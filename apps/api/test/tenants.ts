import { createAnnotation } from "@twin/db/figures/annotations/create";
import { createKey } from "@twin/db/access/keys";
import { addMember } from "@twin/db/access/accounts";
import { beginLogin } from "@twin/db/access/logins";
import { inAuth } from "@twin/db/tenancy/actor";
import { startBackfill } from "@twin/db/figures/backfills/start";
import type { Database } from "@twin/db/postgres/connect";
import { placeHold } from "@twin/db/lifecycle/manage-holds";
import { recordBatch } from "@twin/db/records/ingest/record-batch";
import { createOrganization } from "@twin/db/access/create-organization";
import { permissionsOf, type Role, roles, type Scope, scopes } from "@twin/contracts/vocabulary";
import { systemOf } from "@twin/db/test/actors";

// What tests and the fuzzer, which runs without vitest, ask about: tenants and those who ask.

/** Someone who asks: the headers that say who. */
export type Caller = { headers: Record<string, string> };
export const nobody: Caller = { headers: {} };

/** The database, whose pool is the superuser's. */
type Store = { db: Database };

export type Tenant = {
  org_id: number;
  slug: string;
  /** Stands in everything that this tenant stores, and may stand in no answer to another one. */
  canary: string;
  members: Record<Role, Caller>;
  accounts: Record<Role, string>;
  key(granted: readonly Scope[]): Promise<Caller & { id: string; secret: string }>;
  everything: Caller & { id: string; secret: string };
  /** `guest`: the account of a member who never chose a password. */
  ids: {
    guest: string;
    user: string;
    twin: string;
    activities: string[];
    backfill: number;
    hold: string;
    annotation: string;
    archived: string;
  };
};

/** A browser's cookie of a fresh session. */
export async function sessionOf(
  { db }: Store,
  account_id: string,
  org_id: number,
): Promise<Caller & { token: string }> {
  const token = await inAuth(db, (tx) => beginLogin(tx, account_id, org_id, {}));
  return { token, headers: { cookie: `twin_session=${token}` } };
}

/** What people called and described things in a tenant's history, which `titles.read` shows. */
export const titleWords = ["did it", "note", "title", "topic", "source", "document", "purpose"];

/** A tenant with a member of each role, keys, and one activity of each type, all named after its canary. */
export async function makeTenant(store: Store, slug: string): Promise<Tenant> {
  const { db } = store;
  const canary = `canary-${slug}-7f3a`;
  const { org_id } = await createOrganization(db, { slug, name: `${canary} org`, time_zone: "Europe/Berlin" });
  const system = systemOf(org_id);
  const members = {} as Tenant["members"];
  const accounts = {} as Tenant["accounts"];
  for (const role of roles) {
    const { account_id } = await addMember(db, system, {
      email: `${role}@${canary}.example`,
      full_name: `${canary} ${role}`,
      role,
      password: "a long password",
    });
    accounts[role] = account_id;
    members[role] = await sessionOf(store, account_id, org_id);
  }
  const key = async (granted: readonly Scope[]) => {
    const { key: secret, id } = await createKey(
      db,
      system,
      {
        name: `${canary} key`,
        source: canary,
        scopes: [...granted],
      },
      new Date(),
    );
    return { id, secret, headers: { authorization: `Bearer ${secret}` } };
  };
  const everything = await key(scopes);
  const source = {
    kind: "service",
    org_id,
    key_id: everything.id,
    name: "test",
    source: canary,
    permissions: permissionsOf("owner"),
    request_id: "test",
  } as const;
  const answer = await recordBatch(db, source, { records: history(canary) }, { now: new Date() });
  if (answer.rejected.length > 0) throw new Error(JSON.stringify(answer.rejected));
  const read = async (table: string) =>
    (await db.pool.query<{ id: string }>(`select id from ${table} where org_id = $1 order by id`, [org_id])).rows.map(
      ({ id }) => id,
    );
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const { id: backfill } = await startBackfill(db, source, { what: "metrics", from: day(-3), to: day(-2) }, new Date());
  const user = (await read("users"))[0]!;
  const { id: hold } = await placeHold(db, source, { user, reason: `${canary} case` }, new Date());
  const { id: annotation } = await createAnnotation(db, source, { day: day(-1), text: `${canary} began` }, new Date());
  // A month that no other tenant has archived.
  const archived = `${1_900 + org_id}-02`;
  await db.pool.query(
    `insert into archive_parts (org_id, month, seq, cut, status, run_id, location, activity_count, row_count, created_at)
     values ($1, ($2 || '-01')::date, 1, now(), 'purged', gen_random_uuid(), $3, 1, 1, now())`,
    [org_id, archived, canary],
  );
  await db.pool.query(
    `insert into restorations (org_id, month, status, asked_by, asked_at) values ($1, ($2 || '-01')::date, 'done', $3, now())`,
    [org_id, archived, canary],
  );
  const { account_id: guest } = await addMember(db, system, { email: `guest@${canary}.example`, role: "viewer" });
  const ids = {
    guest,
    archived,
    backfill,
    hold,
    annotation,
    user,
    twin: (await read("twins"))[0]!,
    activities: await read("activities"),
  };
  return { org_id, slug, canary, members, accounts, key, everything, ids };
}

const at = (minute: number) => new Date(Date.now() - 86_400_000 + minute * 60_000).toISOString();

const history = (canary: string): unknown[] => {
  const user = `${canary}@${canary}.example`;
  const activity = (type: string, minute: number, part: object) => ({
    type: "activity",
    external_id: `${type}-1`,
    user,
    twin: "t1",
    activity_type: type,
    action_description: `${canary} did it`,
    started_at: at(minute),
    platform: canary,
    device_type: canary,
    metadata: { note: `${canary} note` },
    ...part,
  });
  return [
    {
      type: "user",
      external_id: "u1",
      email: user,
      full_name: `${canary} person`,
      company: canary,
      department: `${canary} department`,
      created_at: at(-60),
    },
    { type: "twin", external_id: "t1", user, name: `${canary} twin`, is_shared: true, created_at: at(-50) },
    { type: "installation", twin: "t1", platform: canary, installed_at: at(-40) },
    activity("conversation", 1, {
      conversation: {
        title: `${canary} title`,
        topic: `${canary} topic`,
        messages: [
          { external_id: "m1", sender_type: "user", content: `${canary} asks`, created_at: at(1) },
          { external_id: "m2", sender_type: "twin", content: `${canary} answers`, created_at: at(2) },
        ],
      },
    }),
    activity("query", 3, {
      query: {
        query_text: `${canary} query`,
        retrieved_info: `${canary} info`,
        sources: [{ from: `${canary} source` }],
      },
    }),
    activity("document", 5, { document: { title: `${canary} document`, content: `${canary} content` } }),
    activity("shared", 7, {
      shared: { interaction_purpose: `${canary} purpose`, interaction_summary: `${canary} summary`, was_helpful: true },
    }),
    { type: "feature", user, feature_name: canary, used_at: at(9) },
  ];
};
