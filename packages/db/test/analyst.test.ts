import { readFile } from "node:fs/promises";
import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { type Analyst, useAnalysts } from "./analysts.ts";
import { useDatabase } from "./database.ts";
import { makeOrganization } from "./rows.ts";

/** The thirteen tables and the view of the schema document, with their columns in its order. */
const documented: Record<string, string> = {
  users: "id email full_name company department created_at updated_at last_active_at is_active timezone",
  twins: "id user_id name description is_shared created_at updated_at last_trained_at document_count email_count",
  twin_installations: "id twin_id platform workspace_id workspace_name installed_at uninstalled_at is_active",
  sessions:
    "id user_id twin_id platform device_type started_at ended_at duration_seconds interaction_count ip_address user_agent",
  activities:
    "id user_id twin_id session_id activity_type action_description started_at ended_at duration_seconds platform device_type metadata",
  conversations: "id activity_id title topic message_count total_tokens created_at updated_at",
  messages: "id conversation_id sender_type content token_count created_at edited_at is_edited metadata",
  documents:
    "id activity_id user_id title document_type content word_count character_count created_at updated_at is_exported exported_at metadata",
  queries: "id activity_id user_id query_text query_type results_count retrieved_info sources created_at",
  shared_twin_interactions:
    "id activity_id accessing_user_id twin_owner_id twin_id interaction_purpose interaction_summary was_helpful created_at",
  daily_metrics:
    "id metric_date total_active_users new_users total_sessions total_conversations total_messages total_documents_drafted total_queries total_shared_interactions avg_session_duration_seconds total_twin_installations platform_breakdown created_at updated_at",
  user_retention: "id user_id cohort_date day_1_active day_7_active day_30_active total_sessions last_calculated_at",
  feature_usage: "id user_id feature_name usage_date usage_count last_used_at",
  mv_monthly_user_stats: "user_id month session_count activity_count avg_duration",
};

const database = useDatabase();
const makeAnalyst = useAnalysts(database);
let org: number;
let other: number;
let analyst: Analyst;

beforeAll(async () => {
  org = await makeOrganization(database.pool, "acme");
  other = await makeOrganization(database.pool, "other");
  const sample = await readFile(new URL("./fixtures/sample-data.sql", import.meta.url), "utf8");
  for (const id of [org, other]) await database.pool.query(sample.replaceAll("{org}", String(id)));
  await database.pool.query("update daily_metrics set total_active_users = 7 where org_id = $1", [other]);
  await database.pool.query("refresh materialized view mv_monthly_user_stats");
  analyst = await makeAnalyst(org);
});

const ask = (text: string) => analyst.ask(text);

test("the schema holds exactly the document's tables, with its columns in its order", async () => {
  const { rows } = await database.pool.query<{ relation: string; columns: string }>(
    `select relname as relation, string_agg(attname, ' ' order by attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and attnum > 0
     where relnamespace = 'ai_twin_analytics'::regnamespace group by relname`,
  );
  expect(Object.fromEntries(rows.map(({ relation, columns }) => [relation, columns]))).toEqual(documented);
});

// East and west of UTC, too: what a session's clock says moves no day and no month.
describe.each(["UTC", "Asia/Tokyo", "America/Los_Angeles"])(
  "the document's common queries, word for word, in a session of %s",
  (zone) => {
    const ask = (text: string) => analyst.ask(text, zone);

    test("1. active users for a date range", async () => {
      expect(
        await ask(`SELECT
    COUNT(DISTINCT user_id) as active_users
FROM sessions
WHERE started_at >= '2025-10-07'
  AND started_at < '2025-11-07';`),
      ).toEqual([{ active_users: 0 }]);
      expect(await ask("SELECT COUNT(DISTINCT user_id) as active_users FROM sessions")).toEqual([{ active_users: 3 }]);
    });

    test("2. all activities for the activities page", async () => {
      const rows = await ask(`SELECT
    a.id,
    a.activity_type,
    u.email as user_email,
    a.action_description,
    a.started_at,
    a.duration_seconds,
    a.platform,
    a.device_type,
    CASE
        WHEN a.activity_type = 'conversation' THEN c.message_count
        ELSE NULL
    END as message_count
FROM activities a
JOIN users u ON u.id = a.user_id
LEFT JOIN conversations c ON c.activity_id = a.id
ORDER BY a.started_at DESC
LIMIT 100;`);
      expect(rows).toHaveLength(12);
      expect(rows.filter((row) => row.message_count === 5)).toHaveLength(3);
      for (const row of rows) {
        expect(row.user_email).toMatch(/^user_[0-9a-f]{12}@token\.invalid$/);
        expect(row.duration_seconds).toBe(300);
      }
    });

    test("3. conversation details with messages", async () => {
      const [conversation] = await ask("select id from conversations order by id limit 1");
      const rows = await ask(`SELECT
    c.id,
    c.title,
    c.topic,
    c.message_count,
    json_agg(
        json_build_object(
            'sender', m.sender_type,
            'content', m.content,
            'timestamp', m.created_at
        ) ORDER BY m.created_at ASC
    ) as messages
FROM conversations c
LEFT JOIN messages m ON m.conversation_id = c.id
WHERE c.id = '${String(conversation!.id)}'
GROUP BY c.id, c.title, c.topic, c.message_count;`);
      expect(rows).toHaveLength(1);
      expect(rows[0]!.message_count).toBe(5);
      const messages = rows[0]!.messages as { sender: string; content: string }[];
      expect(messages.map(({ sender }) => sender)).toEqual(["twin", "user", "twin", "user", "twin"]);
      expect(new Set(messages.map(({ content }) => content))).toEqual(new Set(["[encrypted]"]));
    });

    test("4. daily metrics for charts", async () => {
      const rows = await ask(`SELECT
    metric_date,
    total_active_users,
    total_conversations,
    total_messages,
    total_documents_drafted
FROM daily_metrics
WHERE metric_date >= CURRENT_DATE - INTERVAL '30 days'
ORDER BY metric_date ASC;`);
      const [ahead] = await ask("select current_date - (now() at time zone 'UTC')::date as days");
      expect(rows).toHaveLength(31 - Number(ahead!.days));
      expect(rows.at(-1)).toMatchObject({ total_active_users: 1800, total_messages: 2000 });
    });

    test("5. feature usage distribution", async () => {
      expect(
        await ask(`SELECT
    feature_name,
    SUM(usage_count) as total_usage
FROM feature_usage
WHERE usage_date >= CURRENT_DATE - INTERVAL '30 days'
GROUP BY feature_name
ORDER BY total_usage DESC;`),
      ).toEqual([
        { feature_name: "question_asked", total_usage: 10 },
        { feature_name: "info_retrieved", total_usage: 4 },
      ]);
    });

    test("6. user retention rates", async () => {
      expect(
        await ask(`SELECT
    ROUND(AVG(CASE WHEN day_1_active THEN 100.0 ELSE 0 END), 2) as day_1_retention,
    ROUND(AVG(CASE WHEN day_7_active THEN 100.0 ELSE 0 END), 2) as day_7_retention,
    ROUND(AVG(CASE WHEN day_30_active THEN 100.0 ELSE 0 END), 2) as day_30_retention
FROM user_retention
WHERE cohort_date >= CURRENT_DATE - INTERVAL '90 days';`),
      ).toEqual([{ day_1_retention: 66.67, day_7_retention: 33.33, day_30_retention: 0 }]);
    });
  },
);

test("what people called and described things is hidden, and can't be had from the tables either", async () => {
  const words = {
    activities: ["action_description", "metadata"],
    conversations: ["title", "topic"],
    documents: ["title", "metadata"],
    messages: ["metadata"],
    queries: ["sources"],
    shared_twin_interactions: ["interaction_purpose"],
    twins: ["description"],
  };
  for (const [table, columns] of Object.entries(words)) {
    for (const column of columns) {
      const seen = await analyst.ask(`select distinct ${column}::text as seen from ${table}`);
      for (const row of seen) expect(row.seen, `${table}.${column}`).toContain("[hidden]");
      await expect(analyst.ask(`select ${column} from public.${table}`)).rejects.toThrow("permission denied");
    }
  }
  const [counted] = await analyst.ask("select sum(jsonb_array_length(sources)) is not null as sources from queries");
  expect(counted).toBeDefined();
});

test("monthly stats are read by their name, with averages made from sums", async () => {
  const rows = await ask(
    "select user_id is not null as known, session_count, avg_duration from mv_monthly_user_stats order by 2",
  );
  expect(rows).toEqual([
    { known: true, session_count: 1, avg_duration: null },
    { known: true, session_count: 3, avg_duration: 450 },
  ]);
});

test("ids are stable and unique, also where the stored row has none", async () => {
  for (const relation of Object.keys(documented).filter((name) => name !== "mv_monthly_user_stats")) {
    const ids = `select id from ${relation} order by id`;
    const [first, second] = [await ask(ids), await ask(ids)];
    expect(first.length, relation).toBeGreaterThan(0);
    expect(new Set(first.map(({ id }) => id)).size, relation).toBe(first.length);
    expect(second).toEqual(first);
  }
});

test("an installation shows its latest spell, under one id", async () => {
  const installations = () => ask("select id, is_active from twin_installations order by id");
  const before = await installations();
  expect(before.map(({ is_active }) => is_active)).toEqual([true, true, true]);
  await database.pool.query(
    `update twin_installations set uninstalled_at = installed_at + interval '1 hour'
     where org_id = $1 and id = (select id from twin_installations where org_id = $1 limit 1)`,
    [org],
  );
  expect((await installations()).filter(({ is_active }) => !is_active)).toHaveLength(1);
  await database.pool.query(
    `insert into twin_installations (org_id, id, twin_id, platform, workspace_id, installed_at)
     select org_id, gen_random_uuid(), twin_id, platform, workspace_id, uninstalled_at + interval '1 hour'
     from twin_installations where org_id = $1 and not is_active`,
    [org],
  );
  expect(await installations()).toEqual(before);
});

describe("an analyst's login", () => {
  const counts = `select (select count(*) from users) as users, (select count(*) from activities) as activities,
    (select count(*) from messages) as messages, (select max(total_active_users) from daily_metrics) as most,
    (select count(*) from mv_monthly_user_stats) as months`;

  test("sees its organisation only, whatever app.org_id says", async () => {
    const mine = [{ users: 3, activities: 12, messages: 15, most: 1890, months: 2 }];
    expect(await ask(counts)).toEqual(mine);
    for (const setting of [String(other), "0", ""]) {
      await analyst.db.pool.query(`set app.org_id = '${setting}'`);
      expect(await ask(counts)).toEqual(mine);
    }
    expect(await ask("select distinct org_id from public.activities")).toEqual([{ org_id: org }]);
  });

  test("without an organisation sees nothing", async () => {
    await database.pool.query("delete from auth.analyst_logins where login = $1", [analyst.login]);
    await analyst.db.pool.query(`set app.org_id = '${org}'`);
    expect(await ask(counts)).toEqual([{ users: 0, activities: 0, messages: 0, most: null, months: 0 }]);
    await database.pool.query("insert into auth.analyst_logins (login, org_id) values ($1, $2)", [analyst.login, org]);
    expect(await ask("select count(*) as users from users")).toEqual([{ users: 3 }]);
  });

  test.each([
    "select email from public.users",
    "select full_name from public.users",
    "select name from public.twins",
    "select content from public.messages",
    "select query_text from public.queries",
    "select search from public.documents",
    "select * from public.users",
    "select * from public.mv_monthly_user_stats",
    "select * from public.monthly_user_stats_of_tenant",
    "select * from public.external_ids",
    "select * from auth.accounts",
    "select * from ops.dirty_log",
    "select * from public.audit_log",
    "select * from public.retention_policies",
    "select reason from public.lifecycle_runs",
    "select public.enqueue_job('x', '{}')",
    "select public.ensure_month('2026-01-01')",
    "select public.search_documents('x', null, 1)",
    "update users set company = 'x'",
    "delete from activities",
    "insert into daily_metrics (metric_date) values (current_date)",
    "create table ai_twin_analytics.mine (id int)",
    "create table public.mine (id int)",
    "set role twin_reader",
    "set role twin_app",
  ])("may not: %s", async (text) => {
    await expect(ask(text)).rejects.toThrow(/permission denied|cannot (update|delete from|insert into) view/);
  });

  test("can't become another by setting the session's role", async () => {
    const client = new pg.Client(database.url);
    await client.connect();
    // Even a superuser who takes on the role is judged by who signed in.
    await client.query(`set role ${analyst.login}; set app.org_id = '${org}'`);
    expect((await client.query("select count(*)::int as users from ai_twin_analytics.users")).rows).toEqual([
      { users: 0 },
    ]);
    await client.end();
  });
});
