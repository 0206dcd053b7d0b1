import { type SQL, sql } from "drizzle-orm";
import { only, statement } from "../../postgres/statement.ts";
import { aadOf, type SealedText } from "../../tenancy/encryption/text.ts";

export type PersonRow = { id: string } & Record<string, unknown>;
/** Encrypted columns of a row: the name of each in the file, and the place it is bound to. */
export type Seals = (row: PersonRow) => Record<string, Omit<SealedText, "user_id">>;

type Source = {
  file: string;
  about: string;
  /** Rows of the person after an id, in its order. */
  read: ReturnType<typeof paged>;
  seals?: (org_id: number) => Seals;
};

const sealedIn =
  (table: string, columns: string[]) =>
  (org_id: number): Seals =>
  (row) =>
    Object.fromEntries(
      columns.map((column) => [
        column,
        { aad: aadOf(table, column, org_id, row.id), sealed: row[column] as Buffer | null },
      ]),
    );

const params = { org_id: "int", user_id: "uuid", after: "uuid", limit: "int" } as const;
type Given = Record<"org_id" | "user_id", SQL>;

/** Rows `r` of a person with `id`, in its order. */
const paged = (
  name: string,
  row: Record<string, Parameters<typeof only>[0]>,
  columns: (p: Given) => SQL,
  from: (p: Given) => SQL,
) =>
  statement(
    `privacy.copy_${name}`,
    params,
    { id: "uuid", ...row },
    (p) => sql`select ${columns(p)} from ${from(p)} and r.id > ${p.after} order by r.id limit ${p.limit}`,
    { plan: "each" },
  );

/** Everything on a person, by table. Words of other people are left out and counted: the person has no right to them. */
export const sources: readonly Source[] = [
  {
    file: "person.json",
    about: "Who you are here",
    read: paged(
      "person",
      {
        email: "text",
        full_name: "text",
        company: "text?",
        department: "text?",
        timezone: "text",
        created_at: "timestamptz",
        updated_at: "timestamptz",
        last_active_at: "timestamptz?",
        first_day: "date?",
        is_active: "boolean",
        deleted_at: "timestamptz?",
      },
      () =>
        sql`r.id, r.email, r.full_name, r.company, r.department, r.timezone, r.created_at, r.updated_at, r.last_active_at, r.first_day, r.is_active, r.deleted_at`,
      (p) => sql`users r where r.org_id = ${p.org_id} and r.id = ${p.user_id}`,
    ),
  },
  {
    file: "twins.json",
    about: "Your twins, and how often others asked them",
    read: paged(
      "twins",
      {
        name: "text",
        description: "text?",
        is_shared: "boolean",
        created_at: "timestamptz",
        updated_at: "timestamptz",
        last_trained_at: "timestamptz?",
        document_count: "int",
        email_count: "int",
        asked_by_others: "int",
        installations: "jsonb",
      },
      (
        p,
      ) => sql`r.id, r.name, r.description, r.is_shared, r.created_at, r.updated_at, r.last_trained_at, r.document_count, r.email_count,
        (select count(*)::int from shared_twin_interactions i where i.org_id = ${p.org_id} and i.twin_id = r.id) as asked_by_others,
        (select coalesce(jsonb_agg(to_jsonb(t) - '{org_id,id,twin_id,revised_at}'::text[] order by t.installed_at), '[]')
          from twin_installations t where t.org_id = ${p.org_id} and t.twin_id = r.id) as installations`,
      (p) => sql`twins r where r.org_id = ${p.org_id} and r.user_id = ${p.user_id}`,
    ),
  },
  {
    file: "sessions.json",
    about: "When you were here",
    read: paged(
      "sessions",
      {
        twin_id: "uuid?",
        platform: "text",
        device_type: "text?",
        started_at: "timestamptz",
        ended_at: "timestamptz?",
        duration_seconds: "int?",
        interaction_count: "int",
        ip_address: "inet?",
        user_agent: "text?",
        is_derived: "boolean",
      },
      () =>
        sql`r.id, r.twin_id, r.platform, r.device_type, r.started_at, r.ended_at, r.duration_seconds, r.interaction_count, r.ip_address, r.user_agent, r.is_derived`,
      (p) => sql`sessions r where r.org_id = ${p.org_id} and r.user_id = ${p.user_id}`,
    ),
  },
  {
    file: "activities.json",
    about: "What you did",
    read: paged(
      "activities",
      {
        activity_type: "text",
        action_description: "text?",
        twin_id: "uuid",
        session_id: "uuid?",
        started_at: "timestamptz",
        ended_at: "timestamptz?",
        platform: "text",
        device_type: "text?",
        metadata: "jsonb?",
      },
      () =>
        sql`r.id, r.activity_type, r.action_description, r.twin_id, r.session_id, r.started_at, r.ended_at, r.platform, r.device_type, r.metadata`,
      (p) => sql`activities r where r.org_id = ${p.org_id} and r.user_id = ${p.user_id}`,
    ),
  },
  {
    file: "conversations.json",
    about: "Conversations that you began, with how many messages of others are left out",
    read: paged(
      "conversations",
      {
        title: "text?",
        topic: "text?",
        message_count: "int",
        total_tokens: "int",
        created_at: "timestamptz",
        summary: "bytea?",
        summarised_at: "timestamptz?",
        messages_of_others: "int",
      },
      (p) => sql`r.id, c.title, c.topic, c.message_count, c.total_tokens, c.created_at, c.summary, c.summarised_at,
        (select count(*)::int from messages m where m.org_id = ${p.org_id} and m.conversation_id = r.id and m.user_id is distinct from ${p.user_id}) as messages_of_others`,
      (p) =>
        sql`activities r join conversations c on c.org_id = ${p.org_id} and c.activity_id = r.id where r.org_id = ${p.org_id} and r.user_id = ${p.user_id}`,
    ),
    seals: sealedIn("conversations", ["summary"]),
  },
  {
    file: "messages.json",
    about: "What you wrote in any conversation, and what twins answered in those that you began",
    read: paged(
      "messages",
      {
        conversation_id: "uuid",
        sender_type: "text",
        content: "bytea?",
        token_count: "int?",
        created_at: "timestamptz",
        edited_at: "timestamptz?",
        metadata: "jsonb?",
      },
      () =>
        sql`r.id, r.conversation_id, r.sender_type, r.content, r.token_count, r.created_at, r.edited_at, r.metadata`,
      (p) => sql`messages r where r.org_id = ${p.org_id} and r.user_id = ${p.user_id}`,
    ),
    seals: sealedIn("messages", ["content"]),
  },
  {
    file: "documents.json",
    about: "Documents drafted for you",
    read: paged(
      "documents",
      {
        title: "text",
        document_type: "text?",
        content: "bytea?",
        word_count: "int?",
        created_at: "timestamptz",
        updated_at: "timestamptz",
        exported_at: "timestamptz?",
        metadata: "jsonb?",
      },
      () =>
        sql`r.id, d.title, d.document_type, d.content, d.word_count, d.created_at, d.updated_at, d.exported_at, d.metadata`,
      (p) =>
        sql`activities r join documents d on d.org_id = ${p.org_id} and d.activity_id = r.id where r.org_id = ${p.org_id} and r.user_id = ${p.user_id}`,
    ),
    seals: sealedIn("documents", ["content"]),
  },
  {
    file: "queries.json",
    about: "What you looked for",
    read: paged(
      "queries",
      {
        query_text: "bytea?",
        query_type: "text?",
        results_count: "int",
        retrieved_info: "bytea?",
        sources: "jsonb?",
        created_at: "timestamptz",
      },
      () => sql`r.id, q.query_text, q.query_type, q.results_count, q.retrieved_info, q.sources, q.created_at`,
      (p) =>
        sql`activities r join queries q on q.org_id = ${p.org_id} and q.activity_id = r.id where r.org_id = ${p.org_id} and r.user_id = ${p.user_id}`,
    ),
    seals: sealedIn("queries", ["query_text", "retrieved_info"]),
  },
  {
    file: "shared_twin_interactions.json",
    about: "How you used other people's twins",
    read: paged(
      "shared_twin_interactions",
      {
        twin_id: "uuid",
        interaction_purpose: "text?",
        interaction_summary: "bytea?",
        was_helpful: "boolean?",
        created_at: "timestamptz",
      },
      () => sql`r.id, i.twin_id, i.interaction_purpose, i.interaction_summary, i.was_helpful, i.created_at`,
      (p) =>
        sql`activities r join shared_twin_interactions i on i.org_id = ${p.org_id} and i.activity_id = r.id where r.org_id = ${p.org_id} and r.user_id = ${p.user_id}`,
    ),
    seals: sealedIn("shared_twin_interactions", ["interaction_summary"]),
  },
  {
    file: "feature_events.json",
    about: "Features that you used",
    read: paged(
      "feature_events",
      { feature_name: "text", used_at: "timestamptz", count: "int" },
      () => sql`r.id, r.feature_name, r.used_at, r.count`,
      (p) => sql`feature_events r where r.org_id = ${p.org_id} and r.user_id = ${p.user_id}`,
    ),
  },
];

/** Figures about the person, by the column that holds their day; few rows a day, read by year. */
export const figures = [
  { file: "figures_by_day.json", about: "Figures about you, by day", table: "user_days", day: "day" },
  {
    file: "figures_of_features.json",
    about: "Figures about your use of features, by day",
    table: "feature_usage",
    day: "usage_date",
  },
  { file: "figures_by_month.json", about: "Figures about you, by month", table: "monthly_user_stats", day: "month" },
].map(({ file, about, table, day }) => {
  const at = sql.raw(day);
  const figuresOf = (p: Given) =>
    sql`${sql.raw(table)} d join users u on u.org_id = ${p.org_id} and u.id = ${p.user_id} and u.n = d.n where d.org_id = ${p.org_id}`;
  return {
    file,
    about,
    readSpan: statement(
      `privacy.copy_span_of_${table}`,
      { org_id: "int", user_id: "uuid" },
      { first: "int?", last: "int?" },
      (p) => sql`
        select extract(year from min(${at}))::int as first, extract(year from max(${at}))::int as last from ${figuresOf(p)}`,
      { plan: "each" },
    ),
    readYear: statement(
      `privacy.copy_year_of_${table}`,
      { org_id: "int", user_id: "uuid", first_day: "date" },
      { row: only<object>("jsonb") },
      (p) => sql`
        select to_jsonb(d) - '{org_id,n}'::text[] as row from ${figuresOf(p)}
          and d.${at} >= ${p.first_day} and d.${at} < (${p.first_day} + interval '1 year') order by d.${at}`,
      { plan: "each" },
    ),
  };
});
