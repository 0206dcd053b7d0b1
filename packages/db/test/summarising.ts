import { getActivity, revealActivity } from "../src/activities/get.ts";
import type { Actor } from "../src/tenancy/actor.ts";
import type { Database } from "../src/postgres/connect.ts";
import { runLifecycle, type RunOptions } from "../src/lifecycle/run.ts";
import { rollupOrganization } from "../src/figures/rollup.ts";
import type { Summarise } from "../src/archives/summaries/conversation.ts";
import type { TestDatabase } from "./database.ts";
import { conversation, makeSender, people, type Sender } from "./ingesting.ts";
import { keep } from "./lifecycle.ts";
import { systemOf } from "./actors.ts";

/** Repeats all that was said, so that nothing can get lost unseen. */
const quote: Summarise = async ({ earlier, turns }) => ({
  text: [...(earlier ? [earlier] : []), ...turns.map(({ who, text }) => `${who}: ${text}`)].join("\n"),
  model: null,
});

type Line = { by?: string; at: string; text?: string };
/** A conversation of u1 on a day of March; lines are their own, another's (`by`), or the twin's. */
export const talk = (id: string, day: string, lines: Line[]) => ({
  ...conversation(id, `2026-03-${day}T10:00:00.000Z`),
  conversation: {
    title: `About ${id}`,
    topic: "plans",
    messages: lines.map(({ by = "u1", at, text }, index) => ({
      external_id: `${id}-${index}`,
      sender_type: by === "twin" ? "twin" : "user",
      ...(by !== "twin" && { user: by }),
      ...(text && { content: text }),
      token_count: 7,
      created_at: `2026-${at}.000Z`,
    })),
  },
});
const records = [
  talk("plain", "02", [
    { at: "03-02T10:00:00", text: "What is planned?" },
    { by: "twin", at: "03-02T10:01:00", text: "A move." },
  ]),
  talk("joined", "03", [
    { by: "twin", at: "03-03T10:00:00", text: "Shall I begin?" },
    { by: "u2", at: "03-03T10:05:00", text: "Mike here: yes." },
    { at: "03-03T10:06:00", text: "Yes." },
  ]),
  talk("silent", "04", [{ at: "03-04T10:00:00" }, { by: "twin", at: "03-04T10:01:00" }]),
  talk("lively", "05", [
    { at: "03-05T10:00:00", text: "Still going?" },
    { by: "twin", at: "05-05T10:00:00", text: "Still going." },
  ]),
  talk("never begun", "06", []),
  talk("young", "25", [{ at: "03-25T10:00:00", text: "Hello?" }]),
];
export const sentAt = new Date("2026-05-05T12:00:00Z");
/** Messages are kept 60 days: those before 14 March are due. */
export const due = new Date("2026-05-13T10:00:00Z");
export const [sarah, mike] = ["sarah.chen@acme.example", "mike.johnson@acme.example"];

const reader = ({ org_id }: Sender): Actor => ({
  kind: "member",
  org_id,
  account_id: "0198c0de-0000-7000-8000-000000000000",
  name: "Reader",
  role: "owner",
  permissions: ["activities.read", "people.read", "titles.read", "content.read"],
  request_id: "test",
});

type Stored = {
  title: string;
  message_count: number;
  total_tokens: number;
  left: number;
  summarised_at: string | null;
  summarised_until: string | null;
  summary_keep: string | null;
  authors: string[] | null;
};
const figureTables = [
  "daily_metrics",
  "user_days",
  "feature_usage",
  "day_users",
  "active_periods",
  "activity_hours",
  "user_retention",
  "monthly_user_stats",
];

/** Organisations with the conversations above, their runs, and what is left of them. */
export function useSummaries(database: TestDatabase, application: { db: Database }) {
  /** Messages are kept for 60 days, all else for years. */
  async function makeOrganization(sent: unknown[] = records): Promise<Sender> {
    const sender = await makeSender(application.db, "Europe/Berlin");
    await keep(database.pool, sender.org_id, "activities", 10, "year");
    await keep(database.pool, sender.org_id, "sessions", 2, "year");
    await keep(database.pool, sender.org_id, "messages", 60);
    const { rejected } = await sender.send([...people, ...sent], { now: sentAt });
    if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
    await rollupOrganization(application.db, systemOf(sender.org_id), { now: sentAt });
    return sender;
  }
  const run = ({ org_id }: Sender, now = due, options: Omit<RunOptions, "now"> = {}) =>
    runLifecycle(application.db, systemOf(org_id), { now, summarise: quote, ...options });
  async function stored({ org_id }: Sender): Promise<Record<string, Stored>> {
    const { rows } = await database.pool.query<Stored>(
      `select c.title, c.message_count, c.total_tokens, c.summary_keep, c.summarised_at, c.summarised_until,
         (select count(*)::int from messages m where m.org_id = c.org_id and m.conversation_id = c.activity_id) as left,
         (select array_agg(u.email) from users u where u.org_id = c.org_id and u.id = any (c.summary_author_ids)) as authors
       from conversations c where c.org_id = $1 order by c.activity_id`,
      [org_id],
    );
    return Object.fromEntries(rows.map(({ title, ...row }) => [title.replace("About ", ""), row as Stored]));
  }
  async function detailOf(sender: Sender, title: string, reason?: string) {
    const { rows } = await database.pool.query<{ activity_id: string }>(
      "select activity_id from conversations where org_id = $1 and title = $2",
      [sender.org_id, `About ${title}`],
    );
    const id = rows[0]!.activity_id;
    const detail = reason
      ? await revealActivity(application.db, reader(sender), { id, reason }, new Date())
      : await getActivity(application.db, reader(sender), { id }, new Date());
    return detail.conversation!;
  }
  const leftOf = async (sender: Sender) =>
    Object.fromEntries(Object.entries(await stored(sender)).map(([title, { left }]) => [title, left]));
  const reports = async ({ org_id }: Sender) =>
    (
      await database.pool.query(
        "select status, row_counts, details from lifecycle_runs where org_id = $1 and data_type = 'messages' order by id",
        [org_id],
      )
    ).rows;

  /** Every stored figure up to a day, row by row, without when it was written. */
  async function figures({ org_id }: Sender, before = "2026-04-01") {
    const all: unknown[] = [];
    for (const table of figureTables) {
      const { rows } = await database.pool.query(
        `select to_jsonb(t) - 'updated_at' - 'last_calculated_at' - 'job_run_id' as row from ${table} t where org_id = $1 order by 1`,
        [org_id],
      );
      const dayOf = (row: Record<string, string>) => row["metric_date"] ?? row["day"] ?? row["usage_date"] ?? "";
      all.push(...rows.map(({ row }) => row as Record<string, string>).filter((row) => dayOf(row) < before));
    }
    return all;
  }

  return { makeOrganization, run, stored, detailOf, leftOf, reports, figures };
}
