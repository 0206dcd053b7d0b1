import { inTenant } from "@twin/db/tenancy/actor";
import { listArchives } from "@twin/db/archives/list";
import { connect, type Database } from "@twin/db/postgres/connect";
import { startLifecycle } from "@twin/db/lifecycle/start";
import { inject } from "vitest";
import { makeOrganization, until } from "./organization.ts";

export type Aged = { email: string; password: string; month: string; activities: number };

/** An organisation whose only activities, of one month three years ago, were archived and purged by the running stack. */
export async function makeAged(): Promise<Aged> {
  const db = connect(inject("databaseUrl"), { max: 2 });
  try {
    return await archiveOne(db);
  } finally {
    await db.close();
  }
}

async function archiveOne(db: Database): Promise<Aged> {
  const month = `${new Date().getUTCFullYear() - 3}-05`;
  const activities = 3;
  const made = await makeOrganization(db, { slug: "aged", name: "Aged" }, recordsOf(month, activities));
  const { org_id, actor, email, password } = made;

  // As if they had come when they happened: no day is sealed within a week of its last record.
  const age = "update daily_metrics set last_record_at = metric_date + 1 where org_id = $1 and total_conversations > 0";
  await until("counted", async () => {
    const rows = await inTenant(db, actor, (tx) =>
      tx.query({ text: `${age} returning metric_date`, values: [org_id] }),
    );
    return rows.length === activities;
  });
  await startLifecycle(db, actor);
  await until("archived", async () => (await listArchives(db, actor)).months.some((one) => one.is_complete));
  return { email, password, month, activities };
}

function recordsOf(month: string, activities: number): unknown[] {
  const created_at = `${month}-01T08:00:00Z`;
  return [
    { type: "user", external_id: "u", email: "ada@aged.example", full_name: "Ada Aged", created_at },
    { type: "twin", external_id: "t", user: "u", name: "Ada's Twin", created_at },
    ...Array.from({ length: activities }, (_, at) => ({
      type: "activity",
      external_id: `a${at}`,
      user: "u",
      twin: "t",
      activity_type: "conversation",
      platform: "slack",
      started_at: `${month}-1${at}T09:00:00Z`,
      conversation: { title: `Talk ${at}`, messages: [] },
    })),
  ];
}
