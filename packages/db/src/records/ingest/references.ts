import { isId } from "@twin/contracts/wire";
import { sql } from "drizzle-orm";
import { only, statement } from "../../postgres/statement.ts";
import type { Tx } from "../../tenancy/actor.ts";
import { Rejected } from "./outcome.ts";
import { insertRows, sortedBy, StoredMeanwhile } from "./rows.ts";
import { keyHash } from "../../people/external-ids.ts";

const kinds = ["user", "twin", "session", "activity", "feature"] as const;
export type Kind = (typeof kinds)[number];
const ofKinds = <T>(make: (kind: Kind) => T): Record<Kind, T> =>
  Object.fromEntries(kinds.map((kind) => [kind, make(kind)])) as Record<Kind, T>;

/** A person as references find them. */
export type Person = { id: string; n: number; erased: boolean };
export type Twin = { id: string; owner: string | null };

/** The names that a tombstone may stand for: a sender's id, an address, an id of ours. */
const tombstonesOf = (named: Buffer, key: string): Buffer[] => [
  named,
  ...(key.includes("@") ? [keyHash("email", "", key.toLowerCase())] : []),
  ...(isId(key) ? [keyHash("id", "", key.toLowerCase())] : []),
];
const unknownCode = {
  user: "UNKNOWN_USER",
  twin: "UNKNOWN_TWIN",
  session: "UNKNOWN_SESSION",
  activity: "UNKNOWN_CONVERSATION",
} as const;

/** Names that a batch uses, by what they name. */
export type Keys = Readonly<Partial<Record<Kind, Iterable<string>>>>;

// Hashes come as parameters: decode() isn't leakproof, so under row-level security every id of the organisation would be
// read. With OFFSET 0 each is looked up by itself, whatever statistics say of the organisation.
export const findReferences = statement(
  "records.references",
  {
    org_id: "int",
    source: "text",
    kinds: "text[]",
    hashes: "bytea[]",
    emails: "text[]",
    people: "uuid[]",
    twins: "uuid[]",
    tombstones: "bytea[]",
  },
  {
    what: only<"name" | "person" | "twin" | "tombstone">("text"),
    kind: only<Kind | null>("text?"),
    key_hash: "bytea?",
    id: "uuid?",
    n: "int?",
    email_key: "text?",
    erased: "boolean?",
    owner: "uuid?",
  },
  (p) => sql`
    with named as materialized (
      select k.kind, k.key_hash, e.id from unnest(${p.kinds}, ${p.hashes}) k (kind, key_hash)
      cross join lateral (
        select id from external_ids e
        where e.org_id = ${p.org_id} and e.kind = k.kind and e.source = ${p.source} and e.key_hash = k.key_hash offset 0
      ) e
    ),
    person as (
      select u.id, u.n, u.email_key, u.deleted_at is not null as erased
      from (select id from named where kind = 'user' union select unnest(${p.people})) k
      cross join lateral (select * from users u where u.org_id = ${p.org_id} and u.id = k.id offset 0) u
      union
      select u.id, u.n, u.email_key, u.deleted_at is not null from unnest(${p.emails}) k (email_key)
      cross join lateral (select * from users u where u.org_id = ${p.org_id} and u.email_key = k.email_key offset 0) u
    )
    select 'name' as what, kind, key_hash, id, null::int as n, null as email_key, null::boolean as erased, null::uuid as owner
    from named
    union all select 'person', null, null, id, n, email_key, erased, null from person
    union all
    select 'twin', null, null, t.id, null, null, null, t.user_id
    from (select id from named where kind = 'twin' union select unnest(${p.twins})) k
    cross join lateral (select * from twins t where t.org_id = ${p.org_id} and t.id = k.id offset 0) t
    union all
    select 'tombstone', null, t.key_hash, null, null, null, null, null from unnest(${p.tombstones}) k (key_hash)
    cross join lateral (
      select key_hash from tombstones t where t.org_id = ${p.org_id} and t.key_hash = k.key_hash offset 0
    ) t`,
);

const idsIn = (keys: readonly string[]): string[] => keys.filter(isId).map((key) => key.toLowerCase());

/**
 * Turns the sender's names into ids: a reference is tried as an external id of the batch's source, then as an e-mail
 * address (people), then as an id of ours. All references of a batch are looked up by one statement.
 */
export class References {
  readonly #tx: Tx;
  readonly #source: string;
  readonly #ids = ofKinds(() => new Map<string, string>());
  readonly #asked = ofKinds(() => new Set<string>());
  readonly #emails = new Map<string, string>();
  readonly #erasedKeys = new Set<string>();
  readonly people = new Map<string, Person>();
  readonly twins = new Map<string, Twin>();

  constructor(tx: Tx, source: string) {
    this.#tx = tx;
    this.#source = source;
  }

  /** The id behind an external id of this source, if it is known. */
  idOf(kind: Kind, key: string): string | undefined {
    return this.#ids[kind].get(key);
  }

  /** Looks names up: their ids, the people and twins behind them, and which people were erased. */
  async load(keys: Keys): Promise<void> {
    const wanted = ofKinds((kind) => this.#notAsked(kind, keys[kind] ?? []));
    const named = kinds.flatMap((kind) =>
      wanted[kind].map((key) => ({ kind, key, hash: keyHash(kind, this.#source, key) })),
    );
    if (named.length === 0) return;
    const keyOf = new Map(named.map(({ hash, key }) => [hash.toString("latin1"), key]));
    const erasable = named.flatMap(({ kind, key, hash }) =>
      kind === "user" ? tombstonesOf(hash, key).map((tombstone) => ({ key, tombstone })) : [],
    );
    const rows = await this.#tx.query(
      findReferences({
        org_id: this.#tx.org_id,
        source: this.#source,
        kinds: named.map(({ kind }) => kind),
        hashes: named.map(({ hash }) => hash),
        emails: wanted.user.filter((key) => key.includes("@")).map((key) => key.toLowerCase()),
        people: idsIn(wanted.user),
        twins: idsIn(wanted.twin),
        tombstones: erasable.map(({ tombstone }) => tombstone),
      }),
    );
    const tombstones = new Set<string>();
    for (const { what, kind, key_hash, id, n, email_key, erased, owner } of rows) {
      if (what === "name") this.#ids[kind!].set(keyOf.get(key_hash!.toString("latin1"))!, id!);
      else if (what === "person") this.addPerson({ id: id!, n: n!, erased: erased! }, email_key!);
      else if (what === "twin") this.twins.set(id!, { id: id!, owner });
      else tombstones.add(key_hash!.toString("latin1"));
    }
    // Two spellings of one address share a hash, so each key is looked up by itself.
    for (const { key, tombstone } of erasable)
      if (tombstones.has(tombstone.toString("latin1"))) this.#erasedKeys.add(key);
  }

  #notAsked(kind: Kind, keys: Iterable<string>): string[] {
    const wanted: string[] = [];
    for (const key of keys) {
      if (this.#asked[kind].has(key)) continue;
      this.#asked[kind].add(key);
      wanted.push(key);
    }
    return wanted;
  }

  /** Stores new external ids. @throws StoredMeanwhile where another batch has stored one of them first */
  async store(kind: Kind, pairs: readonly { key: string; id: string }[]): Promise<void> {
    if (pairs.length === 0) return;
    const rows = sortedBy(
      pairs.map(({ key, id }) => ({ kind, source: this.#source, key_hash: keyHash(kind, this.#source, key), id })),
      (row) => row.key_hash.toString("hex"),
    );
    const inserted = await insertRows(
      this.#tx,
      "external_ids",
      { kind: "text", source: "text", key_hash: "bytea", id: "uuid" },
      rows,
    );
    if (inserted < rows.length) throw new StoredMeanwhile("external_ids");
    for (const { key, id } of pairs) this.#ids[kind].set(key, id);
  }

  /** Adds a person that this batch stores, for its other records. */
  addPerson(person: Person, emailKey: string): void {
    this.people.set(person.id, person);
    this.#emails.set(emailKey, person.id);
  }

  /** The person that a reference means, erased or not. @throws Rejected ERASED where a tombstone stands for it. */
  findPerson(reference: string): Person | undefined {
    if (this.#erasedKeys.has(reference)) throw new Rejected("ERASED", "this person was erased; an owner may lift that");
    return this.storedPerson(reference);
  }

  /** The same, whether a tombstone stands for it or not. */
  storedPerson(reference: string): Person | undefined {
    const id = this.#ids.user.get(reference) ?? this.#emails.get(reference.toLowerCase()) ?? reference.toLowerCase();
    return this.people.get(id);
  }

  /** @throws Rejected UNKNOWN_USER, or ERASED. */
  person(reference: string, path = "user"): Person {
    const person = this.findPerson(reference);
    if (!person) throw unknown("user", reference, path);
    if (person.erased) throw new Rejected("ERASED", "this person was erased; an owner may lift that", path);
    return person;
  }

  /** @throws Rejected UNKNOWN_TWIN. */
  twin(reference: string, path = "twin"): Twin {
    const twin = this.twins.get(this.idOf("twin", reference) ?? reference.toLowerCase());
    if (!twin) throw unknown("twin", reference, path);
    return twin;
  }
}

/** The refusal for an unknown reference; importers send such a record again later. */
export const unknown = (kind: keyof typeof unknownCode, reference: string, path: string): Rejected =>
  new Rejected(
    unknownCode[kind],
    `no ${kind === "activity" ? "conversation" : kind} is known as “${reference.slice(0, 100)}”`,
    path,
  );

const forget = statement(
  "records.forget_names",
  { org_id: "int", ids: "uuid[]" },
  { rows: "int" },
  (p) => sql`
    with gone as (delete from external_ids where org_id = ${p.org_id} and id = any (${p.ids}) returning 1)
    select count(*)::int as rows from gone`,
);

/** Deletes all senders' ids of deleted rows. @returns how many */
export async function forgetNames(tx: Tx, ids: readonly string[]): Promise<number> {
  const [gone] = await tx.query(forget({ org_id: tx.org_id, ids }));
  return gone!.rows;
}
