import { beforeAll } from "vitest";
import type { IngestAnswer } from "@twin/contracts/ingest";
import type { Actor } from "../src/tenancy/actor.ts";
import { connect, type Database } from "../src/postgres/connect.ts";
import { unlockKeys } from "../src/tenancy/encryption/key-encryption-key.ts";
import { type IngestOptions, recordBatch } from "../src/records/ingest/record-batch.ts";
import { createOrganization } from "../src/access/create-organization.ts";
import type { TestDatabase } from "./database.ts";

export type Sender = {
  org_id: number;
  actor: Actor;
  send(records: unknown[], options?: Partial<IngestOptions>): Promise<IngestAnswer>;
};

let made = 0;

/** The application's own connections to a test database, keys unlocked. */
export function useApplication(test: TestDatabase): { db: Database } {
  const application = {} as { db: Database };
  beforeAll(async () => {
    application.db = connect(test.url, { max: 5 });
    await unlockKeys(application.db, { key: Buffer.alloc(32, 7).toString("base64") });
    return () => application.db.close();
  });
  return application;
}

/** A new organisation and a service that sends to it, through the one way in. */
export async function makeSender(db: Database, time_zone = "UTC"): Promise<Sender> {
  const slug = `sender-${++made}`;
  const { org_id } = await createOrganization(db, { slug, name: slug, time_zone });
  const actor: Actor = {
    kind: "service",
    org_id,
    key_id: "test",
    name: "test",
    source: "import",
    permissions: ["ingest.write"],
    request_id: "test",
  };
  return {
    org_id,
    actor,
    send: (records, options) => recordBatch(db, actor, { records }, { now: new Date(), ...options }),
  };
}

/** Two people, a twin of each, both on Slack: what most histories need before anything can happen. */
export const people = [
  {
    type: "user",
    external_id: "u1",
    email: "sarah.chen@acme.example",
    full_name: "Sarah Chen",
    department: "Engineering",
    created_at: "2026-01-05T09:00:00Z",
  },
  {
    type: "user",
    external_id: "u2",
    email: "mike.johnson@acme.example",
    full_name: "Mike Johnson",
    department: "Product",
    created_at: "2026-01-06T09:00:00Z",
  },
  { type: "twin", external_id: "t1", user: "u1", name: "Sarah's Twin", created_at: "2026-01-05T10:00:00Z" },
  { type: "twin", external_id: "t2", user: "u2", name: "Mike's Twin", created_at: "2026-01-06T10:00:00Z" },
];

/** A conversation of u1 with their own twin, two messages long. */
export const conversation = (external_id = "a1", started_at = "2026-03-02T10:00:00.000Z", extra: object = {}) => ({
  type: "activity",
  external_id,
  user: "u1",
  twin: "t1",
  activity_type: "conversation",
  started_at,
  platform: "slack",
  conversation: {
    title: "Plan",
    messages: [
      {
        external_id: `${external_id}-m1`,
        sender_type: "user",
        content: "Can you help me?",
        token_count: 5,
        created_at: started_at,
      },
      {
        external_id: `${external_id}-m2`,
        sender_type: "twin",
        content: "Gladly.",
        token_count: 3,
        created_at: new Date(Date.parse(started_at) + 60_000).toISOString(),
      },
    ],
  },
  ...extra,
});
