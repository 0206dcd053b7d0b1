import fc from "fast-check";
import { expect, test } from "vitest";
import { differences } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, type Sender, useApplication } from "../../../test/ingesting.ts";
import { rollupOrganization } from "../rollup.ts";
import { followOwners } from "./follow-owners.ts";
import { setTwinOwner } from "./set-owner.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");

const three = [1, 2, 3] as const;
const created_at = "2026-03-01T08:00:00Z";
const minute = (at: number) => new Date(Date.parse("2026-03-10T00:00:00Z") + at * 60_000).toISOString();
const cast = three.map((n) => ({
  type: "user",
  external_id: `u${n}`,
  email: `u${n}@acme.example`,
  full_name: `Person ${n}`,
  created_at,
}));
const twin = (of: number, owner: number, updated_at: string) => ({
  type: "twin",
  external_id: `t${of}`,
  user: `u${owner}`,
  name: `Twin ${of}`,
  created_at,
  updated_at,
});

const one = fc.constantFrom(...three);
const activity = fc
  .record({
    user: one,
    twin: one,
    type: fc.constantFrom("query", "document", "shared", "conversation"),
    at: fc.integer({ min: 0, max: 3 * 96 }),
    shared: fc.option(fc.constantFrom({}, { was_helpful: true }, { interaction_purpose: "Plan" }), { nil: undefined }),
  })
  .map(({ user, twin: of, type, at, shared }) => ({
    type: "activity",
    user: `u${user}`,
    twin: `t${of}`,
    activity_type: type,
    platform: "web",
    started_at: new Date(Date.parse("2026-03-05T22:00:00Z") + at * 900_000).toISOString(),
    ...(shared && { shared }),
  }));
const act = fc.oneof(
  fc.record({ do: fc.constant("say" as const), what: fc.array(activity, { minLength: 1, maxLength: 4 }) }),
  fc.record({ do: fc.constant("again" as const), which: fc.nat() }),
  fc.record({ do: fc.constant("send" as const), of: one, owner: one, at: fc.integer({ min: 0, max: 30 }) }),
  fc.record({ do: fc.constant("set" as const), of: one, owner: one, at: fc.integer({ min: 0, max: 30 }) }),
  fc.constant({ do: "follow" as const }),
  fc.constant({ do: "count" as const }),
);

/** What is stored of shared use and what is counted of it, without ids. */
async function contentOf({ org_id }: Sender) {
  const read = async (text: string) => (await database.pool.query({ text, values: [org_id], rowMode: "array" })).rows;
  return {
    rows: await read(`select i.created_at, u.n, o.n, t.name, i.was_helpful, i.interaction_purpose, i.is_sent
      from shared_twin_interactions i join users u on u.org_id = $1 and u.id = i.accessing_user_id
      join twins t on t.org_id = $1 and t.id = i.twin_id left join users o on o.org_id = $1 and o.id = i.twin_owner_id
      where i.org_id = $1 order by 1, 2, 4, 5, 6, 7`),
    facts:
      await read(`select d.day, d.n, t.name, d.conversations, d.documents, d.queries, d.shared_interactions, d.helpful_yes
      from user_days d left join twins t on t.org_id = $1 and t.id = d.twin_id where d.org_id = $1 order by 1, 2, 3`),
    uses: await read(
      "select usage_date, n, feature_name, usage_count from feature_usage where org_id = $1 order by 1, 2, 3",
    ),
    days: await read("select metric_date, total_shared_interactions from daily_metrics where org_id = $1 order by 1"),
  };
}

test("whatever was said and put right in between, the figures are those of the last owners from the beginning", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 14 }), async (acts) => {
      const sender = await makeSender(application.db, "Europe/Berlin");
      const by = systemOf(sender.org_id);
      const send = async (records: unknown[], to = sender) =>
        expect((await to.send(records, { now })).rejected).toEqual([]);
      const follow = () => followOwners(application.db, by, { limit: 2 });
      await send([...cast, ...three.map((n) => twin(n, n, minute(0)))]);
      const owners = new Map(three.map((n) => [n, { owner: n as number, at: 0, byHand: false }]));
      const said: object[] = [];
      for (const step of acts) {
        if (step.do === "say") {
          const records = step.what.map((record, i) => ({ ...record, external_id: `a${said.length + i}` }));
          said.push(...records);
          await send(records);
        } else if (step.do === "again" && said.length > 0) await send([said[step.which % said.length]!]);
        else if (step.do === "send") {
          const was = owners.get(step.of)!;
          if (step.at === was.at && !was.byHand) continue;
          await send([twin(step.of, step.owner, minute(step.at))]);
          if (step.at > was.at) owners.set(step.of, { owner: step.owner, at: step.at, byHand: false });
        } else if (step.do === "set") {
          const owner = `u${step.owner}@acme.example`;
          await setTwinOwner(application.db, by, { twin: `t${step.of}`, owner }, new Date(minute(step.at)));
          owners.set(step.of, { owner: step.owner, at: step.at, byHand: true });
        } else if (step.do === "follow") await follow();
        else await rollupOrganization(application.db, by, { now });
      }
      await follow();
      await rollupOrganization(application.db, by, { now });
      expect(await differences(application.db, sender.org_id, now)).toEqual([]);

      const recount = await makeSender(application.db, "Europe/Berlin");
      await send([...cast, ...three.map((n) => twin(n, owners.get(n)!.owner, minute(0))), ...said], recount);
      await rollupOrganization(application.db, systemOf(recount.org_id), { now });
      expect(await contentOf(sender)).toEqual(await contentOf(recount));
    }),
    { numRuns: 15 },
  );
}, 300_000);
