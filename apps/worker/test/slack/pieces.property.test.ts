import { openLedger } from "@twin/db/privacy/erasures/ledger";
import { verifyOrganization } from "@twin/db/figures/verify";
import { useDatabase } from "@twin/db/test/database";
import { useApplication } from "@twin/db/test/ingesting";
import fc from "fast-check";
import { expect, test } from "vitest";
import { workOff } from "../work-off.ts";
import {
  answers,
  bot,
  type Files,
  inThread,
  noon,
  type Said,
  says,
  useExports,
  users,
} from "@twin/integrations/test/slack/exports";
import { contentOf, useImports } from "./importing.ts";

/** An export cut into pieces ends in what the whole one ends in, whatever their order. */

const database = useDatabase();
const exports = useExports();
const application = useApplication(database);

const bots = [bot("UC", "GitHub", "B2")];
const daySeconds = 86_400;
const start = noon - (noon % daySeconds);
const lists = {
  "users.json": [...users, ...bots],
  "channels.json": [
    { id: "C1", name: "general" },
    { id: "C2", name: "random" },
  ],
  "dms.json": [{ id: "D1", members: ["U2", "UB"] }],
};
const named = ["AskGPT=U1"];

/** A thread that a person began, with replies on later days: of people, the twin and another bot. */
const Thread = fc.record({
  channel: fc.constantFrom("general", "random"),
  at: fc.integer({ min: 0, max: 3 * daySeconds }),
  person: fc.constantFrom("U1", "U2", "U3"),
  replies: fc.array(
    fc.record({
      after: fc.integer({ min: 1, max: 3 * daySeconds }),
      who: fc.constantFrom("U1", "U2", "U3", "B1", "B1", "B2"),
      edited: fc.boolean(),
    }),
    { maxLength: 5 },
  ),
  isParentGone: fc.constantFrom(false, false, false, true),
});
const Direct = fc.record({ at: fc.integer({ min: 0, max: 3 * daySeconds }), isBot: fc.boolean() });

interface Placed {
  channel: string;
  message: Said;
}

function placedOf(threads: (typeof Thread extends fc.Arbitrary<infer T> ? T : never)[]): Placed[] {
  return threads.flatMap(({ channel, at, person, replies, isParentGone }, n) => {
    // No two of a channel in one second, so that each is one message.
    const key = start + at * 7 + n;
    const thread = inThread(key);
    const parent = isParentGone
      ? { ...says("USLACKBOT", key, "deleted", thread), subtype: "tombstone" }
      : says(person, key, `question ${n}`, { ...thread, reply_count: replies.length });
    const told = replies.map(({ after, who, edited }, i): Said => {
      const second = key + after * 7 + i * 1_000_003 * 7;
      const more = { ...thread, parent_user_id: person, ...(edited && { edited: { ts: `${second + 60}.000000` } }) };
      return who.startsWith("B")
        ? answers(second, `answer ${n}.${i}`, { ...more, bot_id: who })
        : says(who, second, `reply ${n}.${i}`, more);
    });
    return [parent, ...told].map((message) => ({ channel, message }));
  });
}

const dayOf = ({ ts }: Said) => new Date(Number(ts) * 1000).toISOString().slice(0, 10);

function filesOf(placed: readonly Placed[]): Files {
  const files: Record<string, Said[]> = {};
  for (const { channel, message } of placed) (files[`${channel}/${dayOf(message)}.json`] ??= []).push(message);
  for (const day of Object.values(files)) day.sort((a, b) => (a.ts < b.ts ? -1 : 1));
  return files;
}

const History = fc.record({
  threads: fc.array(Thread, { minLength: 1, maxLength: 8 }),
  direct: fc.array(Direct, { maxLength: 8 }),
});

test(
  "an export cut by days and channels, in any order, overlapping, and once more, ends in the content of the whole",
  { timeout: 600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        History,
        fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
        fc.constantFrom("newest first", "oldest first", "shuffled"),
        async ({ threads, direct }, dice, order) => {
          const talk = direct.map(({ at, isBot }, n): Placed => {
            const second = start + at * 7 + n;
            return {
              channel: "D1",
              message: isBot ? says("UB", second, `d${n}`, { bot_id: "B1" }) : says("U2", second, `d${n}`),
            };
          });
          const files = filesOf([...placedOf(threads), ...talk]);
          const whole = await useImports(application.db);
          const all = exports.zip({ ...lists, ...files });
          expect((await whole.bringIn(all, named)).rejected).toEqual([]);

          const pieces = new Map<number, Files>();
          const names = Object.keys(files).toSorted((a, b) => (a.slice(-15) < b.slice(-15) ? -1 : 1));
          for (const [i, name] of names.entries()) {
            const piece = Math.floor((i * 4) / names.length);
            pieces.set(piece, { ...pieces.get(piece), [name]: files[name] });
            // Some files lie in another piece, too.
            const other = dice[i % 30]! % 8;
            if (other < 4) pieces.set(other, { ...pieces.get(other), [name]: files[name] });
          }
          const sequence = [...pieces.keys()].toSorted((a, b) => {
            if (order === "shuffled") return dice[a]! - dice[b]!;
            return order === "newest first" ? b - a : a - b;
          });
          const cut = await useImports(application.db);
          const paths = sequence.map((piece) => exports.zip({ ...lists, ...pieces.get(piece) }));
          for (const path of [...paths, ...paths]) expect((await cut.bringIn(path, named)).rejected).toEqual([]);
          expect(await contentOf(application.db, cut.actor)).toEqual(await contentOf(application.db, whole.actor));
          for (const path of [all, ...paths])
            expect(await cut.bringIn(path, named)).toMatchObject({ accepted: 0, updated: 0, rejected: [] });
        },
      ),
      { numRuns: 12, endOnFailure: true },
    );
  },
);

test("after exports in pieces every stored figure is what raw rows give", { timeout: 300_000 }, async () => {
  const { bringIn, actor } = await useImports(application.db, "Europe/Berlin");
  const thread = inThread(noon);
  const first = { "general/2025-10-09.json": [says("U2", noon, "hi", thread)] };
  const second = {
    "general/2025-10-10.json": [answers(noon + daySeconds, "answer", { ...thread, parent_user_id: "U2" })],
  };
  for (const files of [second, first, { ...first, ...second }])
    await bringIn(exports.zip({ ...lists, ...files }), named);
  const now = new Date();
  await workOff({
    db: application.db,
    url: database.url,
    now,
    archive: null,
    ledger: openLedger(exports.save("ledger", "")),
  });
  const differences: unknown[] = [];
  for await (const one of verifyOrganization(application.db, actor, { now })) differences.push(one);
  expect(differences).toEqual([]);
  const { rows } = await database.pool.query(
    `select sum(total_conversations)::int conversations, sum(total_messages)::int messages, sum(new_users)::int people,
       max(total_twin_installations)::int installations from daily_metrics where org_id = $1`,
    [actor.org_id],
  );
  expect(rows).toEqual([{ conversations: 1, messages: 2, people: 2, installations: 1 }]);
});
