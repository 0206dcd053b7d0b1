import { isId } from "@twin/contracts/wire";
import type { Tx } from "../../tenancy/actor.ts";
import { Rejected } from "./outcome.ts";
import { insertRows, sortedBy, StoredMeanwhile } from "./rows.ts";
import { keyHash } from "../../people/external-ids.ts";

export type Kind = "user" | "twin" | "session" | "activity" | "feature";
/** A person as references find them. */
export type Person = { id: string; n: number; erased: boolean };
export type Twin = { id: string; owner: string | null };

/** The names that a tombstone may stand for: a sender's id, an address, an id of ours. */
const tombstonesOf = (source: string, key: string): Buffer[] => [
  keyHash("user", source, key),
  keyHash("email", "", key.toLowerCase()),
  keyHash("id", "", key.toLowerCase()),
];
const unknownCode = {
  user: "UNKNOWN_USER",
  twin: "UNKNOWN_TWIN",
  session: "UNKNOWN_SESSION",
  activity: "UNKNOWN_CONVERSATION",
} as const;

// Hashes are compared as parameters: decode() isn't leakproof, so under row-level security every id of the organisation would
// be read.
export const externalIdsByHash = `select key_hash, id from external_ids
  where org_id = $1 and kind = $2 and source = $3 and key_hash = any($4::bytea[])`;
export const tombstonesByHash = "select key_hash from tombstones where org_id = $1 and key_hash = any($2::bytea[])";

/**
 * Turns the sender's names into ids: a reference is tried as an external id of the batch's source, then as an e-mail
 * address (people), then as an id of ours. All references of a batch are looked up by one query a kind.
 */
export class References {
  readonly #tx: Tx;
  readonly #source: string;
  readonly #ids = {
    user: new Map<string, string>(),
    twin: new Map<string, string>(),
    session: new Map<string, string>(),
    activity: new Map<string, string>(),
    feature: new Map<string, string>(),
  };
  readonly #emails = new Map<string, string>();
  readonly #askedPeople = new Set<string>();
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

  /** Reads the mapping of external ids. */
  async load(kind: Kind, keys: Iterable<string>): Promise<void> {
    const wanted = [...new Set(keys)].filter((key) => !this.#ids[kind].has(key));
    if (wanted.length === 0) return;
    const hashes = wanted.map((key) => keyHash(kind, this.#source, key));
    const keyOf = new Map(hashes.map((hash, i) => [hash.toString("hex"), wanted[i]!]));
    const rows = await this.#tx.query<{ key_hash: Buffer; id: string }>({
      name: "load_external_ids",
      text: externalIdsByHash,
      values: [this.#tx.org_id, kind, this.#source, hashes],
    });
    for (const row of rows) this.#ids[kind].set(keyOf.get(row.key_hash.toString("hex"))!, row.id);
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

  /** Loads people by e-mail address and id, and those of `keys` that were erased. */
  async loadPeople(keys: Iterable<string>): Promise<void> {
    const wanted = [...new Set(keys)].filter((key) => !this.#askedPeople.has(key));
    if (wanted.length === 0) return;
    for (const key of wanted) this.#askedPeople.add(key);
    await this.load("user", wanted);
    const ids = new Set([
      ...wanted.flatMap((key) => this.idOf("user", key) ?? []),
      ...wanted.filter(isId).map((key) => key.toLowerCase()),
    ]);
    const rows = await this.#tx.query<Person & { email_key: string }>({
      name: "load_people",
      text: `select id, n, email_key, deleted_at is not null erased from users where org_id = $1 and id = any($2::uuid[])
        union select id, n, email_key, deleted_at is not null from users where org_id = $1 and email_key = any($3::text[])`,
      values: [this.#tx.org_id, [...ids], wanted.filter((key) => key.includes("@")).map((key) => key.toLowerCase())],
    });
    for (const { email_key, ...person } of rows) this.addPerson(person, email_key);
    await this.#loadTombstones(wanted);
  }

  /** Adds a person that this batch stores, for its other records. */
  addPerson(person: Person, emailKey: string): void {
    this.people.set(person.id, person);
    this.#emails.set(emailKey, person.id);
  }

  async #loadTombstones(keys: readonly string[]): Promise<void> {
    const named = keys.map((key) => ({ key, hashes: tombstonesOf(this.#source, key) }));
    const rows = await this.#tx.query<{ key_hash: Buffer }>({
      name: "load_tombstones",
      text: tombstonesByHash,
      values: [this.#tx.org_id, named.flatMap(({ hashes }) => hashes)],
    });
    // Two spellings of one address share a hash, so each key is looked up by itself.
    const found = new Set(rows.map(({ key_hash }) => key_hash.toString("hex")));
    for (const { key, hashes } of named)
      if (hashes.some((hash) => found.has(hash.toString("hex")))) this.#erasedKeys.add(key);
  }

  /** The person that a reference means, erased or not. @throws Rejected ERASED where a tombstone stands for it. */
  findPerson(reference: string): Person | undefined {
    if (this.#erasedKeys.has(reference)) throw new Rejected("ERASED", "this person was erased; an owner may lift that");
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

  async loadTwins(keys: Iterable<string>): Promise<void> {
    const wanted = [...new Set(keys)];
    await this.load("twin", wanted);
    const ids = [
      ...new Set(wanted.flatMap((key) => this.idOf("twin", key) ?? (isId(key) ? key.toLowerCase() : []))),
    ].filter((id) => !this.twins.has(id));
    if (ids.length === 0) return;
    const rows = await this.#tx.query<Twin>({
      name: "load_twins",
      text: "select id, user_id owner from twins where org_id = $1 and id = any($2::uuid[])",
      values: [this.#tx.org_id, ids],
    });
    for (const twin of rows) this.twins.set(twin.id, twin);
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

/** Deletes all senders' ids of deleted rows. @returns how many */
export async function forgetNames(tx: Tx, ids: readonly string[]): Promise<number> {
  const [gone] = await tx.query<{ rows: number }>({
    name: "forget_external_ids",
    text: `with gone as (delete from external_ids where org_id = $1 and id = any($2::uuid[]) returning 1)
      select count(*)::int as rows from gone`,
    values: [tx.org_id, ids],
  });
  return gone!.rows;
}
