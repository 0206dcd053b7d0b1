import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { makeSender, people, type Sender, useApplication } from "../../test/ingesting.ts";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { resolveTwins, resolveUsers } from "./resolve.ts";

const database = useDatabase();
const application = useApplication(database);
let sender: Sender;
let member: Actor;
let ids: Record<string, string>;

beforeAll(async () => {
  sender = await makeSender(application.db);
  expect((await sender.send(people)).rejected).toEqual([]);
  const { rows } = await database.pool.query<{ name: string; id: string }>(
    "select full_name as name, id from users where org_id = $1 union all select name, id from twins where org_id = $1",
    [sender.org_id],
  );
  ids = Object.fromEntries(rows.map(({ name, id }) => [name, id]));
  member = {
    kind: "member",
    org_id: sender.org_id,
    account_id: "00000000-0000-4000-8000-000000000001",
    name: "Olga",
    role: "owner",
    permissions: ["people.read"],
    request_id: "test",
  };
});

const inside = <T>(run: (tx: Tx) => Promise<T>, actor = member) => inTenant(application.db, actor, run);

test("a list of people is resolved in its order, by senders' ids, our ids and addresses, whoever is named twice", async () => {
  const [sarah, mike] = [ids["Sarah Chen"]!, ids["Mike Johnson"]!];
  const named = ["u2", " SARAH.chen@acme.example", sarah, "u2", mike.toUpperCase()];
  expect(await inside((tx) => resolveUsers(tx, member, named))).toEqual([mike, sarah, sarah, mike, mike]);
  expect(await inside((tx) => resolveUsers(tx, member, []))).toEqual([]);
});

test("a list of twins is resolved in its order", async () => {
  const named = ["t2", ids["Sarah's Twin"]!, "t1"];
  expect(await inside((tx) => resolveTwins(tx, member, named))).toEqual([
    ids["Mike's Twin"],
    ids["Sarah's Twin"],
    ids["Sarah's Twin"],
  ]);
});

test("however long a list is, it takes the same few statements", async () => {
  const asked = (values: string[]) =>
    inside(async (tx) => {
      let statements = 0;
      const counting = { ...tx, query: (one) => (statements++, tx.query(one)) } as Tx;
      await resolveUsers(counting, member, values);
      return statements;
    });
  const many = Array.from({ length: 100 }, (_, at) => (at % 2 ? "u1" : ids["Mike Johnson"]!));
  expect(await asked(many)).toBe(await asked(["u1"]));
  expect(await asked(many)).toBeLessThanOrEqual(2);
});

test("of a list, the one who is nobody is named, and addresses are for those who may see them", async () => {
  await expect(inside((tx) => resolveUsers(tx, member, ["u1", "u9"], "user_not"))).rejects.toMatchObject({
    code: "BAD_REQUEST",
    message: "no user is known as “u9”",
    path: "user_not",
  });
  // A user's id is no twin's.
  await expect(inside((tx) => resolveTwins(tx, member, ["t1", ids["Sarah Chen"]!]))).rejects.toThrow(
    "no twin is known",
  );
  const blind = { ...member, permissions: ["activities.read"] } as Actor;
  await expect(inside((tx) => resolveUsers(tx, blind, ["u1", "nobody@x.example"]), blind)).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
});

test("a sender's id that leads to two is refused, and a key knows its own source alone", async () => {
  await database.pool.query(
    `insert into external_ids (org_id, kind, source, key_hash, id)
     select $1, 'user', 'other', sha256(convert_to(E'user\\nother\\nu1', 'UTF8')), $2`,
    [sender.org_id, ids["Mike Johnson"]],
  );
  await expect(inside((tx) => resolveUsers(tx, member, ["u2", "u1"]))).rejects.toThrow(
    "several senders call a user “u1”: give the id of one",
  );
  expect(await inside((tx) => resolveUsers(tx, sender.actor, ["u1"]), sender.actor)).toEqual([ids["Sarah Chen"]]);
});
