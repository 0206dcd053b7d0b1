import { bucketsOf } from "@twin/contracts/calendar";
import { PeopleInput } from "@twin/contracts/people";
import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { readerOf } from "../../../test/figures/active-days.ts";
import { makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import { rollupOrganization } from "../rollup.ts";
import { listPeopleBehind } from "../people-behind/behind.ts";
import { readFirstUse } from "./first-use.ts";
import { readTogether } from "./together.ts";
import { readFeatures } from "./usage.ts";
import { systemOf } from "../../../test/actors.ts";

const application = useApplication(useDatabase());
const now = new Date("2026-03-31T12:00:00Z");
const names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"];
let sender: Sender;
/** Every use that was sent: who, what, when. */
const uses: { user: string; feature: string; day: string }[] = [];

beforeAll(async () => {
  sender = await makeSender(application.db);
  const who = Array.from({ length: 30 }, (_, at) => `p${at}`);
  // Features that come first in the list are used by more people, and some people come back to them.
  for (const [person, user] of who.entries())
    for (const [at, feature] of names.entries())
      for (const round of [0, 1, 2])
        if ((person * 7 + at * 5 + round * 11) % (3 + at * 2) === 0)
          uses.push({
            user,
            feature,
            day: `2026-03-${String(1 + ((person * 3 + at + round * 13) % 30)).padStart(2, "0")}`,
          });
  const { rejected } = await sender.send(
    [
      ...people,
      ...who.map((id) => ({
        type: "user",
        external_id: id,
        email: `${id}@acme.example`,
        full_name: id,
        created_at: "2026-01-01T00:00:00Z",
      })),
      // Not everyone who used something had a session before.
      ...who.slice(0, 20).map((user, at) => ({
        type: "session",
        external_id: `s${at}`,
        user,
        platform: "web",
        started_at: `2026-03-${String(1 + at).padStart(2, "0")}T08:00:00Z`,
      })),
      ...uses.map(({ user, feature, day }, at) => ({
        type: "feature",
        external_id: `f${at}`,
        user,
        feature_name: feature,
        used_at: `${day}T10:00:00Z`,
      })),
    ],
    { now },
  );
  expect(rejected).toEqual([]);
  const system = systemOf(sender.org_id);
  await rollupOrganization(application.db, system, { now });
});

const ranges = [
  { start_date: "2026-03-01", end_date: "2026-03-31" },
  { start_date: "2026-03-10", end_date: "2026-03-20" },
  { start_date: "2026-03-12", end_date: "2026-03-12" },
];
const reader = () => readerOf(sender.org_id);
const behind = (input: object) =>
  listPeopleBehind(application.db, reader(), PeopleInput.parse({ limit: 200, ...input }), now);

test.for(ranges)(
  "first uses from $start_date to $end_date are of people who never used it before, and lead to them",
  async (range) => {
    for (const interval of ["day", "week"] as const) {
      const { buckets, features } = await readFirstUse(application.db, reader(), { ...range, interval }, now);
      expect(features.length).toBe(names.length);
      expect(buckets.map(({ known: _known, ...bucket }) => bucket)).toEqual(
        bucketsOf(range.start_date, range.end_date, interval, "2026-03-31"),
      );
      for (const { feature_name: feature, first_uses, users, adoption } of features) {
        const firsts = new Map<string, string>();
        for (const { user, day } of uses.filter((use) => use.feature === feature))
          if (day < (firsts.get(user) ?? "9")) firsts.set(user, day);
        for (const [at, { start_date, end_date, known }] of buckets.entries()) {
          const last = [...firsts].filter(([, day]) => day >= start_date && day <= end_date);
          const so_far = [...firsts].filter(([, day]) => day <= end_date);
          const active = (user: string) =>
            Number(user.slice(1)) < 20 && `2026-03-${String(1 + Number(user.slice(1))).padStart(2, "0")}`;
          const adopters = so_far.filter(([user]) => active(user) && active(user) <= end_date);
          expect([feature, start_date, first_uses[at], users[at]]).toEqual([
            feature,
            start_date,
            last.length,
            so_far.length,
          ]);
          expect(adoption[at]).toBe(known === 0 ? null : adopters.length / known);
        }
      }
      const [{ feature_name: feature, first_uses }] = features as [(typeof features)[0]];
      const all = first_uses.reduce((sum, one) => sum + one, 0);
      const { total, people: list } = await behind({ ...range, who: "adopted", feature });
      expect([total, list.length]).toEqual([all, all]);
    }
  },
);

test.for(ranges)("combinations from $start_date to $end_date hold everyone once, and lead to them", async (range) => {
  const answer = await readTogether(application.db, reader(), range, now);
  const inRange = uses.filter(({ day }) => day >= range.start_date && day <= range.end_date);
  expect(answer.users).toBe(new Set(inRange.map(({ user }) => user)).size);
  expect(answer.combinations.reduce((sum, { users }) => sum + users, 0)).toBe(answer.users);
  for (const { features, users } of answer.combinations) {
    const unused = answer.features.filter((name) => !features.includes(name)).join(",");
    const { total, people: list } = await behind({ ...range, who: "together", used: features.join(","), unused });
    expect([features, total, list.length]).toEqual([features, users, users]);
  }
  // What is told apart adds up to the users of each feature.
  const { features: usage } = await readFeatures(application.db, reader(), range, now);
  for (const feature of answer.features.filter((name) => name !== "*")) {
    const sum = answer.combinations
      .filter(({ features }) => features.includes(feature))
      .reduce((all, { users }) => all + users, 0);
    expect([feature, sum]).toEqual([feature, usage.find(({ feature_name }) => feature_name === feature)!.users]);
  }
});

test("of more than six features the least used are one", async () => {
  const { features } = await readTogether(application.db, reader(), ranges[0]!, now);
  expect(features).toHaveLength(6);
  expect(features.at(-1)).toBe("*");
});
