import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { aadOf, openTexts, type SealedText } from "../../tenancy/encryption/text.ts";

/** One file of an export: rows of one kind, in order, read page by page. */
export type Section = { file: string; about: string; rows(): AsyncGenerator<object> };

/** Rows in memory at once. */
const pageRows = 500;
const nil = "00000000-0000-0000-0000-000000000000";

type Row = { id: string } & Record<string, unknown>;
/** Sealed columns of a row: under which name it is told, and where it is bound to. */
type Seals = (row: Row) => Record<string, Omit<SealedText, "user_id">>;

type Source = {
  file: string;
  about: string;
  /** Rows `r` of the person `$2` with `id`, after the id `$3`, in its order, `$4` of them. */
  text: string;
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

const paged = (columns: string, from: string, id = "id") =>
  `select ${columns} from ${from} and r.${id} > $3::uuid order by r.${id} limit $4::int`;

/** Everything by its table. Words of other people are left out and counted: they are not the person's to be given. */
const sources: readonly Source[] = [
  {
    file: "person.json",
    about: "Who you are here",
    text: paged(
      "r.id, r.email, r.full_name, r.company, r.department, r.timezone, r.created_at, r.updated_at, r.last_active_at, r.first_day, r.is_active, r.deleted_at",
      "users r where r.org_id = $1 and r.id = $2",
    ),
  },
  {
    file: "twins.json",
    about: "Your twins, and how often others asked them",
    text: paged(
      `r.id, r.name, r.description, r.is_shared, r.created_at, r.updated_at, r.last_trained_at, r.document_count, r.email_count,
        (select count(*)::int from shared_twin_interactions i where i.org_id = $1 and i.twin_id = r.id) as asked_by_others,
        (select coalesce(jsonb_agg(to_jsonb(t) - '{org_id,id,twin_id,revised_at}'::text[] order by t.installed_at), '[]')
          from twin_installations t where t.org_id = $1 and t.twin_id = r.id) as installations`,
      "twins r where r.org_id = $1 and r.user_id = $2",
    ),
  },
  {
    file: "sessions.json",
    about: "When you were here",
    text: paged(
      "r.id, r.twin_id, r.platform, r.device_type, r.started_at, r.ended_at, r.duration_seconds, r.interaction_count, r.ip_address, r.user_agent, r.is_derived",
      "sessions r where r.org_id = $1 and r.user_id = $2",
    ),
  },
  {
    file: "activities.json",
    about: "What you did",
    text: paged(
      `r.id, r.activity_type, r.action_description, r.twin_id, r.session_id, r.started_at, r.ended_at, r.platform, r.device_type, r.metadata`,
      "activities r where r.org_id = $1 and r.user_id = $2",
    ),
  },
  {
    file: "conversations.json",
    about: "Conversations that you began, with how many messages of others are left out",
    text: paged(
      `r.id, c.title, c.topic, c.message_count, c.total_tokens, c.created_at, c.summary, c.summarised_at,
        (select count(*)::int from messages m where m.org_id = $1 and m.conversation_id = r.id and m.user_id is distinct from $2) as messages_of_others`,
      "activities r join conversations c on c.org_id = $1 and c.activity_id = r.id where r.org_id = $1 and r.user_id = $2",
    ),
    seals: sealedIn("conversations", ["summary"]),
  },
  {
    file: "messages.json",
    about: "What you wrote in any conversation, and what twins answered in those that you began",
    text: paged(
      "r.id, r.conversation_id, r.sender_type, r.content, r.token_count, r.created_at, r.edited_at, r.metadata",
      "messages r where r.org_id = $1 and r.user_id = $2",
    ),
    seals: sealedIn("messages", ["content"]),
  },
  {
    file: "documents.json",
    about: "Documents drafted for you",
    text: paged(
      "r.id, d.title, d.document_type, d.content, d.word_count, d.created_at, d.updated_at, d.exported_at, d.metadata",
      "activities r join documents d on d.org_id = $1 and d.activity_id = r.id where r.org_id = $1 and r.user_id = $2",
    ),
    seals: sealedIn("documents", ["content"]),
  },
  {
    file: "queries.json",
    about: "What you looked for",
    text: paged(
      "r.id, q.query_text, q.query_type, q.results_count, q.retrieved_info, q.sources, q.created_at",
      "activities r join queries q on q.org_id = $1 and q.activity_id = r.id where r.org_id = $1 and r.user_id = $2",
    ),
    seals: sealedIn("queries", ["query_text", "retrieved_info"]),
  },
  {
    file: "shared_twin_interactions.json",
    about: "How you used other people's twins",
    text: paged(
      "r.id, i.twin_id, i.interaction_purpose, i.interaction_summary, i.was_helpful, i.created_at",
      "activities r join shared_twin_interactions i on i.org_id = $1 and i.activity_id = r.id where r.org_id = $1 and r.user_id = $2",
    ),
    seals: sealedIn("shared_twin_interactions", ["interaction_summary"]),
  },
  {
    file: "feature_events.json",
    about: "Features that you used",
    text: paged("r.id, r.feature_name, r.used_at, r.count", "feature_events r where r.org_id = $1 and r.user_id = $2"),
  },
];

/** Figures about the person, by the column that says when; few rows a day, read at once by year. */
const figures: readonly { file: string; about: string; table: string; day: string }[] = [
  { file: "figures_by_day.json", about: "Figures about you, by day", table: "user_days", day: "day" },
  {
    file: "figures_of_features.json",
    about: "Figures about your use of features, by day",
    table: "feature_usage",
    day: "usage_date",
  },
  { file: "figures_by_month.json", about: "Figures about you, by month", table: "monthly_user_stats", day: "month" },
];
const figuresOf = (table: string) =>
  `${table} d join users u on u.org_id = $1 and u.id = $2 and u.n = d.n where d.org_id = $1`;

/** The files of an export of a person, each of which reads itself when its turn comes. */
export function sectionsOf(db: Database, actor: Actor, user_id: string): Section[] {
  const read = <R>(run: (tx: Tx) => Promise<R>) => inTenant(db, actor, run);
  return [
    ...sources.map(({ file, about, text, seals }) => ({
      file,
      about,
      async *rows() {
        for (let after = nil; ;) {
          const page = await read(async (tx) => {
            const rows = await tx.query<Row>({ text, values: [tx.org_id, user_id, after, pageRows] });
            return seals ? openRows(db, tx, user_id, rows, seals(tx.org_id)) : rows;
          });
          yield* page;
          if (page.length < pageRows) return;
          after = page.at(-1)!.id;
        }
      },
    })),
    ...figures.map(({ file, about, table, day }) => ({
      file,
      about,
      async *rows() {
        const [span] = await read((tx) =>
          tx.query<{ first: number; last: number }>({
            text: `select extract(year from min(${day}))::int as first, extract(year from max(${day}))::int as last from ${figuresOf(table)}`,
            values: [actor.org_id, user_id],
          }),
        );
        for (let year = span?.first ?? 1; year <= (span?.last ?? 0); year++) {
          const page = await read((tx) =>
            tx.query<{ row: object }>({
              text: `select to_jsonb(d) - '{org_id,n}'::text[] as row from ${figuresOf(table)}
                and d.${day} >= $3::date and d.${day} < ($3::date + interval '1 year') order by d.${day}`,
              values: [tx.org_id, user_id, `${year}-01-01`],
            }),
          );
          for (const { row } of page) yield row;
        }
      },
    })),
  ];
}

async function openRows(db: Database, tx: Tx, user_id: string, rows: readonly Row[], seals: Seals): Promise<Row[]> {
  const places = rows.map(seals);
  const opened = await openTexts(
    db,
    tx,
    places.flatMap((columns) => Object.values(columns).map((place) => ({ ...place, user_id }))),
  );
  let next = 0;
  return rows.map((row, i) => ({
    ...row,
    ...Object.fromEntries(Object.keys(places[i]!).map((column) => [column, opened[next++]])),
  }));
}
