import type { ActivityType } from "@twin/contracts/vocabulary";
import { aadOf, openTexts, type SealedText } from "../../tenancy/encryption/text.ts";
import { isSharedUse } from "../twins/shared-use.ts";
import type { Batch } from "./batch.ts";
import { type Detail, detailFields, detailsOf } from "./activity-fields.ts";
import type { Person } from "./references.ts";
import type { Revised } from "./revision.ts";

/** When the details of an activity happened; a part of their identity. */
export type PartTimes = { document: string | null; query: string | null; shared: string | null };

/** An activity as this batch will leave it. */
export type ActivityState = {
  id: string;
  user: Person;
  twin_id: string;
  owner: string | null;
  activity_type: ActivityType;
  started_at: string;
  session_id: string | null;
  session_named: boolean;
  times: PartTimes;
  revised: Revised;
  isNew: boolean;
  isTouched: boolean;
  /** This batch named its session, after it was stored without one. */
  isSessionFilled: boolean;
  /** As it was stored; null for a new one. */
  before: Revised | null;
  /** Whether a row of its shared use is stored. */
  wasShared: boolean;
};

/** Whether a row of shared use belongs to an activity as this batch will leave it. */
export const isShared = ({ activity_type, user, owner, revised }: ActivityState): boolean =>
  isSharedUse({ activity_type, user_id: user.id, owner, is_sent: revised.fields["shared.is_sent"] === true });

type Row = {
  id: string;
  user_id: string;
  n: number;
  twin_id: string;
  owner: string | null;
  activity_type: ActivityType;
  started_at: string;
  session_id: string | null;
  session_named: boolean;
  revised_at: string | null;
  action_description: string | null;
  ended_at: string | null;
  platform: string;
  device_type: string | null;
  metadata: unknown;
  c_title: string | null;
  c_topic: string | null;
  d_title: string | null;
  d_document_type: string | null;
  d_content: Buffer | null;
  d_exported_at: string | null;
  d_metadata: unknown;
  d_at: string | null;
  q_query_text: Buffer | null;
  q_query_type: string | null;
  q_results_count: number | null;
  q_retrieved_info: Buffer | null;
  q_sources: unknown;
  q_at: string | null;
  s_interaction_purpose: string | null;
  s_interaction_summary: Buffer | null;
  s_was_helpful: boolean | null;
  s_is_sent: boolean | null;
  s_at: string | null;
};

const prefixes = { conversation: "c", document: "d", query: "q", shared: "s" } as const;
const sealedColumns: readonly [Detail, string, string][] = [
  ["document", "content", "documents"],
  ["query", "query_text", "queries"],
  ["query", "retrieved_info", "queries"],
  ["shared", "interaction_summary", "shared_twin_interactions"],
];

// Lateral with a limit: each detail is one index lookup. Otherwise the planner, which underestimates composite keys, joins
// whole months: 3.8 s for 2,000 activities against 0.3 s.
/** Stored activities with their details decrypted, locked in the order of their ids. */
export async function loadActivities({ db, tx }: Batch, ids: readonly string[]): Promise<Map<string, ActivityState>> {
  if (ids.length === 0) return new Map();
  const sorted = [...new Set(ids)].sort();
  const rows = await tx.query<Row>({
    name: "lock_activities",
    text: `with a as materialized (
        select * from activities where org_id = $1 and id = any($2::uuid[]) and id >= $3::uuid and id <= $4::uuid order by id for no key update
      )
      select a.id, a.user_id, u.n, a.twin_id, t.user_id owner, a.activity_type, a.started_at, a.session_id, a.session_named, a.revised_at,
        a.action_description, a.ended_at, a.platform, a.device_type, a.metadata,
        c.title c_title, c.topic c_topic,
        d.title d_title, d.document_type d_document_type, d.content d_content, d.exported_at d_exported_at, d.metadata d_metadata, d.created_at d_at,
        q.query_text q_query_text, q.query_type q_query_type, q.results_count q_results_count, q.retrieved_info q_retrieved_info, q.sources q_sources, q.created_at q_at,
        s.interaction_purpose s_interaction_purpose, s.interaction_summary s_interaction_summary, s.was_helpful s_was_helpful, s.is_sent s_is_sent, s.created_at s_at
      from a
      join users u on u.org_id = $1 and u.id = a.user_id
      left join twins t on t.org_id = $1 and t.id = a.twin_id
      left join lateral (select * from conversations where org_id = $1 and activity_id = a.id limit 1) c on true
      left join lateral (select * from documents where org_id = $1 and activity_id = a.id limit 1) d on true
      left join lateral (select * from queries where org_id = $1 and activity_id = a.id limit 1) q on true
      left join lateral (select * from shared_twin_interactions where org_id = $1 and activity_id = a.id limit 1) s on true`,
    values: [tx.org_id, sorted, sorted[0], sorted.at(-1)],
  });
  const column = (row: Row, part: Detail, name: string) => row[`${prefixes[part]}_${name}` as keyof Row];
  const sealed: SealedText[] = rows.flatMap((row) =>
    sealedColumns.map(([part, name, table]) => ({
      user_id: row.user_id,
      aad: aadOf(table, name, tx.org_id, row.id),
      sealed: column(row, part, name) as Buffer | null,
    })),
  );
  const texts = await openTexts(db, tx, sealed);
  return new Map(
    rows.map((row, i) => [
      row.id,
      toState(row, (part, name) => {
        const position = sealedColumns.findIndex(([p, c]) => p === part && c === name);
        return position < 0 ? column(row, part, name) : texts[i * sealedColumns.length + position];
      }),
    ]),
  );
}

function toState(row: Row, valueOf: (part: Detail, name: string) => unknown): ActivityState {
  const { action_description, ended_at, platform, device_type, metadata } = row;
  const fields: Record<string, unknown> = { action_description, ended_at, platform, device_type, metadata };
  for (const part of detailsOf(row.activity_type))
    for (const name of detailFields[part]) fields[`${part}.${name}`] = valueOf(part, name) ?? null;
  fields["shared.is_sent"] = row.s_is_sent ?? false;
  const revised = { fields, revised_at: row.revised_at };
  return {
    id: row.id,
    user: { id: row.user_id, n: row.n, erased: false },
    twin_id: row.twin_id,
    owner: row.owner,
    activity_type: row.activity_type,
    started_at: row.started_at,
    session_id: row.session_id,
    session_named: row.session_named,
    times: { document: row.d_at, query: row.q_at, shared: row.s_at },
    revised,
    isNew: false,
    isTouched: false,
    isSessionFilled: false,
    before: revised,
    wasShared: row.s_at !== null,
  };
}
