import { type builtInFeatures, noValue } from "@twin/contracts/vocabulary";
import fc from "fast-check";
import type { Database } from "../../src/postgres/connect.ts";
import { eraseDue } from "../../src/privacy/erasures/run.ts";
import { recordBatch } from "../../src/records/ingest/record-batch.ts";
import { rollupOrganization } from "../../src/figures/rollup.ts";
import { askAtOnce, memoryLedger } from "../erasing.ts";
import { makeSender } from "../ingesting.ts";
import { systemOf } from "../actors.ts";

// A crowd of people with and without attributes, here and gone, and what they did, so that filters have something to tell
// apart. Counting it again is plain and shares nothing with the SQL.

const start = Date.parse("2026-03-02T00:00:00Z");
const days = 10;
const dayAt = (index: number) => new Date(start + index * 86_400_000).toISOString().slice(0, 10);
export const range = { start_date: dayAt(0), end_date: dayAt(days - 1) };
export const now = new Date(start + 12 * 86_400_000);
/** Days before this one are sealed when people are erased. */
const firstOpen = 5;

const sources = ["import", "slack:T1"] as const;
const types = ["conversation", "query", "document", "shared"] as const;
const platforms = ["slack", "web", "teams"];
const departments = ["Sales", "Legal, EMEA", "", null];
const companies = ["Acme", "Globex", "", null];
const twinCount = 3;

export type Person = {
  department: string | null;
  company: string | null;
  state: "here" | "deleted" | "erased";
  known: boolean;
  /** Did nothing but what senders record by name. */
  idle: boolean;
};
export type Deed = {
  user: number;
  twin: number;
  platform: string;
  type: (typeof types)[number];
  day: number;
  hour: number;
  source: (typeof sources)[number];
  helpful: boolean | null;
};
type Use = { user: number; day: number };
export type Crowd = { people: Person[]; deeds: Deed[]; handoffs: Use[] };

const count = 6;
const user = fc.nat({ max: count - 1 });
/** The owners of twins are never erased: whose a twin is then isn't what this is about. */
export const crowd: fc.Arbitrary<Crowd> = fc
  .record({
    people: fc
      .array(
        fc.record({
          department: fc.constantFrom(...departments),
          company: fc.constantFrom(...companies),
          state: fc.constantFrom("here", "here", "deleted", "erased") as fc.Arbitrary<Person["state"]>,
          known: fc.boolean(),
          idle: fc.constantFrom(true, false, false, false),
        }),
        { minLength: count, maxLength: count },
      )
      .map((people): Person[] =>
        people.map((person, at) =>
          at < twinCount && person.state === "erased" ? { ...person, state: "here" } : person,
        ),
      ),
    deeds: fc.uniqueArray(
      fc.record({
        user,
        twin: fc.nat({ max: twinCount - 1 }),
        platform: fc.constantFrom(...platforms),
        type: fc.constantFrom(...types),
        day: fc.nat({ max: days - 1 }),
        // So far apart that each is a session of its own, and none reaches over midnight.
        hour: fc.integer({ min: 1, max: 11 }).map((n) => n * 2),
        source: fc.constantFrom(...sources),
        helpful: fc.option(fc.boolean()),
      }),
      { minLength: 25, maxLength: 55, selector: ({ user: who, day, hour }) => `${who} ${day} ${hour}` },
    ),
    handoffs: fc.uniqueArray(fc.record({ user, day: fc.nat({ max: days - 1 }) }), {
      maxLength: 8,
      selector: ({ user: who, day }) => `${who} ${day}`,
    }),
  })
  .map(({ deeds, ...rest }): Crowd => ({ ...rest, deeds: deeds.filter((deed) => !rest.people[deed.user]!.idle) }));

export const emailOf = (index: number): string => `p${index}@crowd.example`;

/** Records everything, seals half of it, and lets people go. */
export async function gather(
  db: Database,
  { people, deeds, handoffs }: Crowd,
  run: (text: string, values: unknown[]) => Promise<{ id: string; email: string }[]>,
) {
  const sender = await makeSender(db);
  const { org_id } = sender;
  const who = people.map(({ department, company }, at) => ({
    type: "user",
    external_id: `u${at}`,
    email: emailOf(at),
    full_name: `Person ${at}`,
    department,
    company,
    created_at: `${dayAt(firstOpen + (at % 3))}T00:30:00Z`,
  }));
  const twins = Array.from({ length: twinCount }, (_, at) => ({
    type: "twin",
    external_id: `t${at}`,
    user: emailOf(at),
    name: `Twin ${at}`,
    created_at: new Date(start).toISOString(),
  }));
  const records = deeds.map(({ user: by, twin, platform, type, day, hour, source, helpful }, at) => {
    const started_at = new Date(start + day * 86_400_000 + hour * 3_600_000).toISOString();
    return {
      source,
      record: {
        type: "activity",
        external_id: `a${at}`,
        user: emailOf(by),
        twin: `t${twin}`,
        activity_type: type,
        platform,
        started_at,
        ...(type === "conversation" && {
          conversation: {
            title: "Talk",
            messages: [
              { external_id: "m0", sender_type: "user", content: "Hello", created_at: started_at },
              { external_id: "m1", sender_type: "twin", content: "Hi", created_at: started_at, seq: 1 },
            ],
          },
        }),
        ...((type === "shared" || by !== twin) && { shared: { was_helpful: helpful } }),
      },
    };
  });
  let twinIds: string[] = [];
  for (const source of sources) {
    const known = who.filter((_, at) => source === "import" || people[at]!.known);
    const sent = await recordBatch(
      db,
      { ...sender.actor, source } as never,
      {
        records: [
          ...known,
          ...(source === "import" ? twins : []),
          ...records
            .filter((one) => one.source === source)
            .map(({ record }) => ({ ...record, twin: twinIds[Number(record.twin.slice(1))] ?? record.twin })),
          ...(source === "import"
            ? handoffs.map(({ user: by, day }) => ({
                type: "feature",
                user: emailOf(by),
                feature_name: "handoff",
                used_at: `${dayAt(day)}T03:00:00Z`,
              }))
            : []),
        ],
      },
      { now },
    );
    if (sent.rejected.length > 0) throw new Error(JSON.stringify(sent.rejected));
    // Another source knows a twin by our id alone.
    twinIds = (await run("select id, name as email from twins where org_id = $1 order by name", [org_id])).map(
      ({ id }) => id,
    );
  }
  const system = systemOf(org_id);
  await rollupOrganization(db, system, { now });
  await run("update organizations set sealed_from = $2, sealed_before = $3 where id = $1", [
    org_id,
    dayAt(0),
    `${dayAt(firstOpen)}T00:00:00Z`,
  ]);
  for (const { id, email } of await run("select id, email from users where org_id = $1 order by n", [org_id])) {
    const state = people[Number(email.slice(1, 2))]!.state;
    if (state === "erased") await askAtOnce(db, org_id, id, email, now);
    if (state === "deleted")
      await run("update users set deleted_at = now() where org_id = $1 and id = $2", [org_id, id]);
  }
  await eraseDue(db, system, { now, ledger: memoryLedger() });
  await rollupOrganization(db, system, { now });
  return org_id;
}

const names = ["type", "platform", "twin", "user", "department", "company", "source"] as const;
export type Asked = Partial<Record<(typeof names)[number] | `${(typeof names)[number]}_not`, string[]>>;

/** Filters as they may be asked of a crowd; only of people who are still found by name. */
export function askedOf({ people }: Crowd): fc.Arbitrary<Asked> {
  const here = people.flatMap(({ state }, at) => (state === "here" ? [`u${at}`] : []));
  const some = (values: readonly string[]) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 }) },
    );
  const named = (values: readonly (string | null)[]) => [
    ...values.filter((value): value is string => !!value),
    noValue,
    "Nowhere",
  ];
  const values: Record<(typeof names)[number], readonly string[]> = {
    type: types,
    platform: platforms,
    twin: ["t0", "t1", "t2"],
    user: here,
    department: named(departments),
    company: named(companies),
    source: sources,
  };
  const fields = names
    .filter((name) => values[name].length > 0)
    .flatMap((name) => [name, `${name}_not`].map((field) => [field, some(values[name])] as const));
  return fc
    .record(Object.fromEntries(fields))
    .map((asked) => Object.fromEntries(Object.entries(asked).filter(([, one]) => one !== undefined)));
}

/** Whether a value passes one field of a filter. */
const takes = (asked: Asked, name: (typeof names)[number], held: readonly string[]): boolean =>
  (asked[name]?.some((one) => held.includes(one)) ?? true) && !asked[`${name}_not`]?.some((one) => held.includes(one));

/** Everything about a crowd that a filter lets through, counted one by one. */
export function recount({ people, deeds, handoffs }: Crowd, asked: Asked) {
  const attribute = (at: number, name: "department" | "company") =>
    (people[at]!.state === "erased" ? null : people[at]![name]) || noValue;
  const ofPerson = (at: number) =>
    takes(asked, "user", people[at]!.state === "erased" ? [] : [`u${at}`]) &&
    takes(asked, "department", [attribute(at, "department")]) &&
    takes(asked, "company", [attribute(at, "company")]);
  const passes = (deed: Deed) =>
    ofPerson(deed.user) &&
    takes(asked, "type", [deed.type]) &&
    takes(asked, "platform", [deed.platform]) &&
    takes(asked, "twin", [`t${deed.twin}`]) &&
    takes(asked, "source", [deed.source]);
  const isErased = ({ user: by }: { user: number }) => people[by]!.state === "erased";
  /** What figures tell of: of sealed days also what erased people did. */
  const kept = <T extends { user: number; day: number }>(all: T[]) =>
    all.filter((one) => !isErased(one) || one.day < firstOpen);
  const counted = kept(deeds).filter(passes);
  const isShared = ({ type, user: by, twin }: Deed) => type === "shared" || by !== twin;
  const distinct = (all: readonly { user: number }[]) => new Set(all.map(({ user: by }) => by));
  const ofType = (type: Deed["type"]) => counted.filter((deed) => deed.type === type);
  const conversations = ofType("conversation");
  const used = {
    question_asked: conversations,
    info_retrieved: ofType("query"),
    document_drafted: ofType("document"),
    shared_interaction: counted.filter(isShared),
  } satisfies Record<keyof typeof builtInFeatures, Deed[]>;
  return {
    /** Rows that are there to be listed. */
    listed: deeds.filter((deed) => passes(deed) && !isErased(deed)),
    counted,
    messages: conversations.length * 2,
    used,
    handoffs: kept(handoffs).filter(({ user: by }) => ofPerson(by)),
    active: distinct(counted),
    distinct,
    isLiving: (at: number) => people[at]!.state === "here",
    newcomers: people.flatMap((person, at) => (person.state !== "erased" && ofPerson(at) ? [at] : [])),
    users: people.flatMap((person, at) =>
      person.state === "here" && ofPerson(at) && takes(asked, "source", person.known ? [...sources] : ["import"])
        ? [at]
        : [],
    ),
  };
}
