import fc from "fast-check";
import { expect, test } from "vitest";
import { openTexts, aadOf } from "../../tenancy/encryption/text.ts";
import { inTenant } from "../../tenancy/actor.ts";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-10T12:00:00Z");

const second = fc
  .integer({ min: 0, max: 5 * 86_400 })
  .map((s) => new Date(Date.UTC(2026, 2, 2) + s * 1000).toISOString());
const revision = fc
  .integer({ min: 0, max: 3 })
  .map((day) => new Date(Date.UTC(2026, 2, 8 + 0) + day * 3_600_000).toISOString());
const words = fc.constantFrom("alpha", "beta", "gamma", undefined);

/** A history whose records say when they were last changed: whole, and so independent of the order they arrive in. */
const history = fc
  .record({
    starts: fc.array(second, { minLength: 1, maxLength: 5 }),
    versions: fc.array(
      fc.record({
        which: fc.nat(4),
        updated_at: revision,
        word: words,
        platform: fc.constantFrom("slack", "web"),
        helpful: fc.option(fc.boolean(), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    messages: fc.array(
      fc.record({ which: fc.nat(4), name: fc.nat(6), at: fc.nat(3600), updated_at: revision, word: words }),
      { maxLength: 12 },
    ),
  })
  .map(({ starts, versions, messages }) => {
    const records: object[] = [];
    for (const { which, updated_at, word, platform, helpful } of versions) {
      const index = which % starts.length;
      records.push({
        type: "activity",
        external_id: `a${index}`,
        user: "u1",
        twin: index % 2 ? "t1" : "t2",
        activity_type: "conversation",
        platform,
        started_at: starts[index],
        updated_at,
        action_description: word,
        conversation: { title: word },
        ...(helpful === undefined ? {} : { shared: { was_helpful: helpful } }),
      });
    }
    const sent = new Set(records.map((record) => (record as { external_id: string }).external_id));
    for (const { which, name, at, updated_at, word } of messages) {
      const index = which % starts.length;
      if (!sent.has(`a${index}`)) continue;
      // One identity has one time: the name decides it.
      const created_at = new Date(Date.parse(starts[index]!) + (name * 3600 + (at % 1)) * 1000).toISOString();
      records.push({
        type: "message",
        conversation: `a${index}`,
        external_id: `m${name}`,
        sender_type: name % 2 ? "user" : "twin",
        content: word ?? null,
        created_at,
        updated_at,
      });
    }
    return records;
  });

/** What is stored, without numbers of ours and times of keeping. */
async function contentOf({ org_id, actor }: Sender): Promise<unknown> {
  return inTenant(application.db, actor, async (tx) => {
    const activities = await tx.query({
      text: "select a.started_at, a.platform, a.action_description, a.revised_at, c.title, c.message_count, s.was_helpful, s.created_at shared_at from activities a join conversations c on c.org_id = a.org_id and c.activity_id = a.id left join shared_twin_interactions s on s.org_id = a.org_id and s.activity_id = a.id where a.org_id = $1 order by a.started_at, a.platform, a.action_description, c.message_count",
      values: [org_id],
    });
    const messages = await tx.query<{ id: string; user_id: string; content: Buffer | null }>({
      text: "select m.id, m.user_id, m.content, m.created_at, m.sender_type, m.revised_at from messages m where m.org_id = $1",
      values: [org_id],
    });
    const texts = await openTexts(
      application.db,
      tx,
      messages.map((row) => ({
        user_id: row.user_id,
        aad: aadOf("messages", "content", org_id, row.id),
        sealed: row.content,
      })),
    );
    const open = messages.map(({ id: _id, user_id: _user, ...row }, i) =>
      JSON.stringify({ ...row, content: texts[i] }),
    );
    return { activities, messages: open.sort() };
  });
}

async function sendUntilNothingWaits(sender: Sender, batches: object[][]): Promise<void> {
  let waiting = batches;
  for (let round = 0; round < 4 && waiting.length > 0; round++) {
    const left: object[] = [];
    for (const batch of waiting) {
      const { rejected } = await sender.send(batch, { now });
      left.push(...rejected.filter(({ code }) => code.startsWith("UNKNOWN")).map(({ index }) => batch[index]!));
    }
    waiting = left.length > 0 ? [left] : [];
  }
  expect(waiting).toEqual([]);
}

test("shuffled, repeated and split input ends in the same content", async () => {
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.infiniteStream(fc.nat()),
      fc.integer({ min: 1, max: 4 }),
      async (records, randoms, parts) => {
        const random = () => randoms.next().value as number;
        const plain = await makeSender(application.db);
        await sendUntilNothingWaits(plain, [people, ...records.map((record) => [record])]);
        const shuffled = [...people, ...records, ...records.filter(() => random() % 3 === 0)]
          .map((record) => ({ record, at: random() % 1000 }))
          .sort((a, b) => a.at - b.at);
        const batches = Array.from({ length: parts }, (_, part) =>
          shuffled.filter((_, i) => i % parts === part).map(({ record }) => record),
        );
        const other = await makeSender(application.db);
        await sendUntilNothingWaits(other, batches);
        expect(await contentOf(other)).toEqual(await contentOf(plain));
      },
    ),
    { numRuns: 15 },
  );
});
