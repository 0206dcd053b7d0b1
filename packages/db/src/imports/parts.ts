import { type SQL, sql } from "drizzle-orm";
import { isHeldActivity } from "../policies/holds.ts";
import { type Given, isFinal, type ImportPart } from "./part.ts";
import { removeActivities, removeFeatures, removeMessages, removeSessions } from "./remove-events.ts";
import { removeInstallations, removePeople, removeTwins } from "./remove-people.ts";

const isHeld = (user_id: SQL, p: Given) => sql`coalesce(${user_id} = any (${p.held_ids}), false)`;

const messages: ImportPart = {
  kind: "message",
  table: "messages",
  final: (m) => isFinal(sql`${m}.created_at`),
  held: (m, p) =>
    sql`exists (select from activities h where h.org_id = ${p.org_id} and h.id = ${m}.conversation_id and ${isHeldActivity(sql`h`, p.held_ids)})`,
  remove: removeMessages,
};

/** Words of a summarised conversation are deleted while their figures stay. */
const activities: ImportPart = {
  kind: "activity",
  table: "activities",
  final: (a, p) => sql`(${isFinal(sql`${a}.started_at`)}
    or exists (select from conversations c where c.org_id = ${p.org_id} and c.activity_id = ${a}.id and c.summarised_at is not null)
    or exists (select from documents d where d.org_id = ${p.org_id} and d.activity_id = ${a}.id and ${isFinal(sql`d.created_at`)})
    or exists (select from queries q where q.org_id = ${p.org_id} and q.activity_id = ${a}.id and ${isFinal(sql`q.created_at`)})
    or exists (select from shared_twin_interactions x where x.org_id = ${p.org_id} and x.activity_id = ${a}.id and ${isFinal(sql`x.created_at`)}))`,
  held: (a, p) => isHeldActivity(a, p.held_ids),
  used: (a, p, left) =>
    sql`exists (select from messages m where m.org_id = ${p.org_id} and m.conversation_id = ${a}.id and ${left(sql`m.id`)})`,
  remove: removeActivities,
};

/** A session that reaches over sealed days holds moments of them. */
const sessions: ImportPart = {
  kind: "session",
  table: "sessions",
  final: (s) =>
    sql`coalesce(${s}.started_at < o.sealed_before and coalesce(${s}.ended_at, ${s}.started_at) >= o.sealed_from, false)`,
  held: (s, p) => isHeld(sql`${s}.user_id`, p),
  used: (s, p, left) =>
    sql`exists (select from activities a where a.org_id = ${p.org_id} and a.session_id = ${s}.id and a.session_named and ${left(sql`a.id`)})`,
  remove: removeSessions,
};

const features: ImportPart = {
  kind: "feature",
  table: "feature_events",
  final: (f) => isFinal(sql`${f}.used_at`),
  held: (f, p) => isHeld(sql`${f}.user_id`, p),
  remove: removeFeatures,
};

const installations: ImportPart = {
  kind: "installation",
  table: "twin_installations",
  final: (i) => sql`(${isFinal(sql`${i}.installed_at`)} or ${isFinal(sql`${i}.uninstalled_at`)})`,
  held: (i, p) =>
    sql`exists (select from twins t where t.org_id = ${p.org_id} and t.id = ${i}.twin_id and ${isHeld(sql`t.user_id`, p)})`,
  remove: removeInstallations,
};

const twins: ImportPart = {
  kind: "twin",
  table: "twins",
  final: (t, p) =>
    sql`exists (select from user_days d where d.org_id = ${p.org_id} and d.twin_id = ${t}.id and is_sealed(d.day, o))`,
  held: (t, p) => isHeld(sql`${t}.user_id`, p),
  used: (t, p, left) => sql`(
    exists (select from activities a where a.org_id = ${p.org_id} and a.twin_id = ${t}.id and ${left(sql`a.id`)})
    or exists (select from sessions s where s.org_id = ${p.org_id} and s.twin_id = ${t}.id and not s.is_derived and ${left(sql`s.id`)})
    or exists (select from twin_installations p where p.org_id = ${p.org_id} and p.twin_id = ${t}.id and ${left(sql`p.id`)}))`,
  limit: 100,
  remove: removeTwins,
};

const people: ImportPart = {
  kind: "user",
  table: "users",
  final: (u, p) => sql`(${u}.created_at_source = 'sent' and ${isFinal(sql`${u}.created_at`)}
    or exists (select from user_days d where d.org_id = ${p.org_id} and d.n = ${u}.n and is_sealed(d.day, o))
    or exists (select from feature_usage f where f.org_id = ${p.org_id} and f.n = ${u}.n and is_sealed(f.usage_date, o)))`,
  held: (u, p) => sql`(${isHeld(sql`${u}.id`, p)} or ${u}.deleted_at is not null
    or exists (select from erasures e where e.org_id = ${p.org_id} and e.user_id = ${u}.id and e.status in ('asked', 'erasing')))`,
  used: (u, p, left) => sql`(
    exists (select from activities a where a.org_id = ${p.org_id} and a.user_id = ${u}.id and ${left(sql`a.id`)})
    or exists (select from messages m where m.org_id = ${p.org_id} and m.user_id = ${u}.id and ${left(sql`m.id`)})
    or exists (select from sessions s where s.org_id = ${p.org_id} and s.user_id = ${u}.id and not s.is_derived and ${left(sql`s.id`)})
    or exists (select from feature_events f where f.org_id = ${p.org_id} and f.user_id = ${u}.id and ${left(sql`f.id`)})
    or exists (select from shared_twin_interactions x join activities a on a.org_id = ${p.org_id} and a.id = x.activity_id
      where x.org_id = ${p.org_id} and x.twin_owner_id = ${u}.id and ${left(sql`a.id`)})
    or exists (select from conversations c where c.org_id = ${p.org_id} and c.summary_author_ids is not null and ${u}.id = any (c.summary_author_ids))
    or exists (select from twins t where t.org_id = ${p.org_id} and t.user_id = ${u}.id and ${left(sql`t.id`)}))`,
  limit: 100,
  remove: removePeople,
};

/** In this order: rows before those that they belong to, and nothing that is left creates deleted rows again. */
export const importParts: readonly ImportPart[] = [
  messages,
  activities,
  sessions,
  features,
  installations,
  twins,
  people,
];
