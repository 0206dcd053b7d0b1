import { sql } from "drizzle-orm";
import { isHeldActivity } from "../policies/holds.ts";
import { textOf } from "../postgres/statement.ts";
import { isFinal, type Part } from "./part.ts";
import { removeActivities, removeFeatures, removeMessages, removeSessions } from "./remove-events.ts";
import { removeInstallations, removePeople, removeTwins } from "./remove-people.ts";

const isHeld = (user_id: string) => `coalesce(${user_id} = any ($3::uuid[]), false)`;

const messages: Part = {
  kind: "message",
  table: "messages",
  final: (m) => isFinal(`${m}.created_at`),
  held: (m) =>
    `exists (select from activities h where h.org_id = $1 and h.id = ${m}.conversation_id and ${textOf(isHeldActivity(sql`h`, sql`$3::uuid[]`), [])})`,
  remove: removeMessages,
};

/** Of a conversation that was summarised, words are gone whose figures stay. */
const activities: Part = {
  kind: "activity",
  table: "activities",
  final: (a) => `(${isFinal(`${a}.started_at`)}
    or exists (select from conversations c where c.org_id = $1 and c.activity_id = ${a}.id and c.summarised_at is not null)
    or exists (select from documents d where d.org_id = $1 and d.activity_id = ${a}.id and ${isFinal("d.created_at")})
    or exists (select from queries q where q.org_id = $1 and q.activity_id = ${a}.id and ${isFinal("q.created_at")})
    or exists (select from shared_twin_interactions x where x.org_id = $1 and x.activity_id = ${a}.id and ${isFinal("x.created_at")}))`,
  held: (a) => textOf(isHeldActivity(sql.raw(a), sql`$3::uuid[]`), []),
  used: (a, left) =>
    `exists (select from messages m where m.org_id = $1 and m.conversation_id = ${a}.id and ${left("m.id")})`,
  remove: removeActivities,
};

/** One that reaches over sealed days holds moments of them. */
const sessions: Part = {
  kind: "session",
  table: "sessions",
  final: (s) =>
    `coalesce(${s}.started_at < o.sealed_before and coalesce(${s}.ended_at, ${s}.started_at) >= o.sealed_from, false)`,
  held: (s) => isHeld(`${s}.user_id`),
  used: (s, left) =>
    `exists (select from activities a where a.org_id = $1 and a.session_id = ${s}.id and a.session_named and ${left("a.id")})`,
  remove: removeSessions,
};

const features: Part = {
  kind: "feature",
  table: "feature_events",
  final: (f) => isFinal(`${f}.used_at`),
  held: (f) => isHeld(`${f}.user_id`),
  remove: removeFeatures,
};

const installations: Part = {
  kind: "installation",
  table: "twin_installations",
  final: (p) => `(${isFinal(`${p}.installed_at`)} or ${isFinal(`${p}.uninstalled_at`)})`,
  held: (p) => `exists (select from twins t where t.org_id = $1 and t.id = ${p}.twin_id and ${isHeld("t.user_id")})`,
  remove: removeInstallations,
};

const twins: Part = {
  kind: "twin",
  table: "twins",
  final: (t) => `exists (select from user_days d where d.org_id = $1 and d.twin_id = ${t}.id and is_sealed(d.day, o))`,
  held: (t) => isHeld(`${t}.user_id`),
  used: (t, left) => `(exists (select from activities a where a.org_id = $1 and a.twin_id = ${t}.id and ${left("a.id")})
    or exists (select from sessions s where s.org_id = $1 and s.twin_id = ${t}.id and not s.is_derived and ${left("s.id")})
    or exists (select from twin_installations p where p.org_id = $1 and p.twin_id = ${t}.id and ${left("p.id")}))`,
  limit: 100,
  remove: removeTwins,
};

const people: Part = {
  kind: "user",
  table: "users",
  final: (u) => `(${u}.created_at_source = 'sent' and ${isFinal(`${u}.created_at`)}
    or exists (select from user_days d where d.org_id = $1 and d.n = ${u}.n and is_sealed(d.day, o))
    or exists (select from feature_usage f where f.org_id = $1 and f.n = ${u}.n and is_sealed(f.usage_date, o)))`,
  held: (u) => `(${isHeld(`${u}.id`)} or ${u}.deleted_at is not null
    or exists (select from erasures e where e.org_id = $1 and e.user_id = ${u}.id and e.status in ('asked', 'erasing')))`,
  used: (u, left) => `(exists (select from activities a where a.org_id = $1 and a.user_id = ${u}.id and ${left("a.id")})
    or exists (select from messages m where m.org_id = $1 and m.user_id = ${u}.id and ${left("m.id")})
    or exists (select from sessions s where s.org_id = $1 and s.user_id = ${u}.id and not s.is_derived and ${left("s.id")})
    or exists (select from feature_events f where f.org_id = $1 and f.user_id = ${u}.id and ${left("f.id")})
    or exists (select from shared_twin_interactions x join activities a on a.org_id = $1 and a.id = x.activity_id
      where x.org_id = $1 and x.twin_owner_id = ${u}.id and ${left("a.id")})
    or exists (select from conversations c where c.org_id = $1 and c.summary_author_ids is not null and ${u}.id = any (c.summary_author_ids))
    or exists (select from twins t where t.org_id = $1 and t.user_id = ${u}.id and ${left("t.id")}))`,
  limit: 100,
  remove: removePeople,
};

/** In this order: what hangs on something goes before it, and nothing that is left makes rows anew of what went. */
export const parts: readonly Part[] = [messages, activities, sessions, features, installations, twins, people];
