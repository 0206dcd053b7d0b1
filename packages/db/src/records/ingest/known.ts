import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { References } from "./references.ts";
import { insertRows } from "./rows.ts";
import { keyHash } from "../../people/external-ids.ts";

// What is stored under a source's ids. An importer asks, so that what it sends fits.

/** A twin that this source has named. */
export type KnownTwin = { id: string; name: string; owner_id: string | null; owner_email: string | null };

/** Every twin that this source has named. */
export const listKnownTwins = (db: Database, actor: Actor, source: string): Promise<KnownTwin[]> =>
  inTenant(db, actor, (tx) =>
    tx.query<KnownTwin>({
      text: `select t.id, t.name, u.id owner_id, u.email owner_email
        from twins t left join users u on u.org_id = $1 and u.id = t.user_id
        where t.org_id = $1 and t.id in (select id from external_ids where org_id = $1 and kind = 'twin' and source = $2)
        order by t.id`,
      values: [tx.org_id, source],
    }),
  );

/** Ids of twins by the ids that a source gave them. */
export const findKnownTwins = (
  db: Database,
  actor: Actor,
  source: string,
  keys: readonly string[],
): Promise<Map<string, string>> =>
  inTenant(db, actor, async (tx) => {
    const references = new References(tx, source);
    await references.load({ twin: keys });
    return mapOf(keys, (key) => references.idOf("twin", key));
  });

/** Stores further ids of a source for twins; an id that belongs to another row stays there. */
export const nameTwins = (
  db: Database,
  actor: Actor,
  source: string,
  names: readonly { key: string; id: string }[],
): Promise<void> =>
  inTenant(db, actor, async (tx) => {
    await insertRows(
      tx,
      "external_ids",
      { kind: "text", source: "text", key_hash: "bytea", id: "uuid" },
      names.map(({ key, id }) => ({ kind: "twin", source, key_hash: keyHash("twin", source, key), id })),
    );
  });

/** Ids of people by external ids of a source, e-mail addresses or our ids; erased people are left out. */
export const findKnownPeople = (
  db: Database,
  actor: Actor,
  source: string,
  keys: readonly string[],
): Promise<Map<string, string>> =>
  inTenant(db, actor, async (tx) => peopleOf(await loadPeople(tx, source, keys), keys));

async function loadPeople(tx: Tx, source: string, keys: readonly string[]): Promise<References> {
  const references = new References(tx, source);
  await references.load({ user: keys });
  return references;
}

const peopleOf = (references: References, keys: readonly string[]): Map<string, string> =>
  mapOf(keys, (key) => {
    try {
      return references.person(key).id;
    } catch {
      return undefined;
    }
  });

function mapOf(keys: readonly string[], valueOf: (key: string) => string | undefined): Map<string, string> {
  return new Map(
    keys.flatMap((key) => {
      const value = valueOf(key);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}

/** When the conversations with a source's twins began, milliseconds, in order. */
export const listConversationStarts = (db: Database, actor: Actor, source: string): Promise<Float64Array> =>
  inTenant(db, actor, async (tx) => {
    const rows = await tx.query<{ at: number }>({
      text: `select round(extract(epoch from started_at) * 1000)::float8 at from activities
        where org_id = $1 and activity_type = 'conversation'
          and twin_id in (select id from external_ids where org_id = $1 and kind = 'twin' and source = $2)`,
      values: [tx.org_id, source],
    });
    return Float64Array.from(rows, ({ at }) => at).sort();
  });

/** A conversation of which an importer has more, and the user and twin that it would choose. */
export type WantedConversation = { key: string; user: string | null; twin: string | null };

/** A conversation as it is stored. */
export type KnownConversation = {
  user_id: string;
  twin_id: string;
  started_at: string;
  ended_at: string | null;
  /** Whether its start lies in sealed days: the activity can't be changed any more. */
  is_sealed: boolean;
  /** When its messages were created, milliseconds, in order. */
  message_times: number[];
  /** Whether it has the user and twin that the importer would choose. */
  is_same: boolean;
};

/** Conversations of a source as they are stored, by its ids; unknown ones are left out. */
export const findKnownConversations = (
  db: Database,
  actor: Actor,
  source: string,
  wanted: readonly WantedConversation[],
): Promise<Map<string, KnownConversation>> =>
  inTenant(db, actor, async (tx) => {
    const references = await loadPeople(
      tx,
      source,
      wanted.flatMap(({ user }) => user ?? []),
    );
    await references.load({
      activity: wanted.map(({ key }) => key),
      twin: wanted.flatMap(({ twin }) => twin ?? []),
    });
    const ids = wanted.flatMap(({ key }) => references.idOf("activity", key) ?? []).sort();
    const rows = await tx.query<Omit<KnownConversation, "is_same"> & { id: string }>({
      name: "known_conversations",
      text: `select a.id, a.user_id, a.twin_id, a.started_at, a.ended_at,
          coalesce(a.started_at >= o.sealed_from and a.started_at < o.sealed_before, false) is_sealed,
          coalesce(m.times, '{}') message_times
        from activities a join organizations o on o.id = $1
        left join lateral (
          select array_agg(round(extract(epoch from created_at) * 1000)::float8 order by id) times
          from messages where org_id = $1 and conversation_id = a.id
        ) m on true
        where a.org_id = $1 and a.id = any($2::uuid[]) and a.id >= $3::uuid and a.id <= $4::uuid`,
      values: [tx.org_id, ids, ids[0], ids.at(-1)],
    });
    const byId = new Map(rows.map(({ id, ...row }) => [id, row]));
    const people = peopleOf(
      references,
      wanted.flatMap(({ user }) => user ?? []),
    );
    return new Map(
      wanted.flatMap(({ key, user, twin }) => {
        const row = byId.get(references.idOf("activity", key) ?? "");
        if (!row) return [];
        const is_same =
          (user === null || people.get(user) === row.user_id) &&
          (twin === null || references.idOf("twin", twin) === row.twin_id);
        return [[key, { ...row, is_same }] as const];
      }),
    );
  });
