import { memoryHeads } from "@twin/db/test/heads";
import { acceptInvitation, invite, readInvitation } from "@twin/db/access/invitations";
import { listMembers } from "@twin/db/access/members";
import { addMember } from "@twin/db/access/accounts";
import { createOrganization } from "@twin/db/access/create-organization";
import { askPasswordLetter } from "@twin/db/access/letters";
import { readPasswordLink, setPassword } from "@twin/db/access/links";
import { systemOf } from "@twin/db/test/actors";
import { useDatabase } from "@twin/db/test/database";
import { memoryLedger } from "@twin/db/test/erasing";
import { useApplication } from "@twin/db/test/ingesting";
import { useMailbox } from "@twin/integrations/test/mailbox";
import { pino } from "pino";
import { beforeEach, expect, test } from "vitest";
import { runTask } from "../src/task.ts";

const database = useDatabase();
const application = useApplication(database);
const mailbox = await useMailbox();
const from = "Twin Analytics <twins@acme.example>";
const browser = { request_id: "test", wait: async () => {} };
const password = "a long password";

beforeEach(async () => {
  mailbox.received.length = 0;
  await database.pool.query("delete from graphile_worker._private_jobs");
  await database.pool.query("delete from auth.rate_limits");
});

let made = 0;
async function organization() {
  const slug = `mail-${++made}`;
  const { org_id } = await createOrganization(application.db, {
    slug,
    name: "Acme\r\nBcc: x@y.example",
    time_zone: "UTC",
  });
  return { org_id, system: systemOf(org_id) };
}

const queued = async () =>
  (
    await database.pool.query<{ payload: { sealed: string; org_id?: number } }>(
      `select j.payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
       where t.identifier = 'mail/send' order by j.id`,
    )
  ).rows.map(({ payload }) => payload);

const send = (payload: { sealed: string }, url = mailbox.url) =>
  runTask(
    "mail/send",
    payload,
    { id: "1", key: null, attempts: 1, max_attempts: 8 },
    {
      db: application.db,
      signal: new AbortController().signal,
      log: pino({ level: "silent" }),
      url: database.url,
      env: { demo: false, summary: null, mail: { url, from }, heads: memoryHeads(), ledger: memoryLedger() },
      reached: () => {},
      archive: null,
    },
  );

/** The link in the only letter that came. */
function linkIn({ source }: { source: string }): URL {
  const text = source.replaceAll(/=\r?\n/g, "").replaceAll("=3D", "=");
  return new URL(/https?:\/\/\S+/.exec(text)![0]);
}

const verified = async (email: string) =>
  (await database.pool.query("select verified_at from auth.accounts where email = $1", [email])).rows[0]?.verified_at;

const invitation = (email: string) => ({ email, role: "analyst", content_read: false, titles_read: false }) as const;

test("an invitation goes by mail: its token is in the letter alone, and who uses it has that address", async () => {
  const { org_id, system } = await organization();
  const email = "dana@acme.example";
  const { token, id } = await invite(application.db, system, invitation(email), { mail: true });
  expect(token).toBeNull();
  const [job] = await queued();
  expect(job).toMatchObject({ org_id });
  expect(JSON.stringify(job)).not.toMatch(/dana|acme/i);
  await send(job!);
  expect(mailbox.received).toHaveLength(1);
  const [letter] = mailbox.received;
  expect(letter!.to).toEqual([email]);
  expect(letter!.source).toMatch(/^Subject: Join Acme\s+Bcc: x@y\.example in Twin Analytics/m);
  expect(letter!.source).not.toMatch(/^Bcc/im);
  const link = linkIn(letter!);
  expect(link.pathname).toBe("/join");
  const own = link.searchParams.get("token")!;
  expect(own).not.toBe(id);
  expect(await readInvitation(application.db, { token: own })).toMatchObject({ email });
  await acceptInvitation(application.db, { token: own, password, full_name: "Dana" }, browser);
  expect(await verified(email)).toBeInstanceOf(Date);
});

test("an invitation by a link that somebody else saw verifies nothing", async () => {
  const { system } = await organization();
  const email = "link@acme.example";
  const { token } = await invite(application.db, system, invitation(email), { mail: false });
  expect(await queued()).toEqual([]);
  await acceptInvitation(application.db, { token: token!, password, full_name: "Link" }, browser);
  expect(await verified(email)).toBeNull();
});

test("a new password is chosen by a letter, once; looking at its link spends nothing, and a new letter ends the one before", async () => {
  const { org_id, system } = await organization();
  const email = "Forgetful@acme.example";
  await addMember(application.db, system, { email, role: "viewer", password });
  const ask = () => askPasswordLetter(application.db, { email: email.toLowerCase() }, { mail: true });
  await ask();
  await ask();
  const jobs = await queued();
  expect(JSON.stringify(jobs)).not.toMatch(/forgetful/i);
  for (const job of jobs) await send(job);
  expect(mailbox.received.map(({ to }) => to)).toEqual([[email], [email]]);
  const [first, second] = mailbox.received.map((one) => linkIn(one).searchParams.get("token")!);
  await expect(readPasswordLink(application.db, { token: first! })).rejects.toMatchObject({ code: "NOT_FOUND" });
  for (let looks = 0; looks < 3; looks++)
    expect(await readPasswordLink(application.db, { token: second! })).toEqual({ email });
  await setPassword(application.db, { token: second!, password: "another password" }, browser);
  await expect(
    setPassword(application.db, { token: second!, password: "a third password" }, browser),
  ).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await verified(email)).toBeInstanceOf(Date);
  const { rows } = await database.pool.query("select action from audit_log where org_id = $1 order by id", [org_id]);
  expect(rows.map(({ action }) => action)).toEqual(
    expect.arrayContaining(["account.make_password_link", "account.set_password"]),
  );
});

test("a link by mail lasts an hour", async () => {
  const { system } = await organization();
  const email = "late@acme.example";
  await addMember(application.db, system, { email, role: "viewer", password });
  await askPasswordLetter(application.db, { email }, { mail: true });
  await send((await queued())[0]!);
  const token = linkIn(mailbox.received[0]!).searchParams.get("token")!;
  await database.pool.query("update auth.links set expires_at = expires_at - interval '59 minutes'");
  await readPasswordLink(application.db, { token });
  await database.pool.query("update auth.links set expires_at = expires_at - interval '1 minute'");
  await expect(readPasswordLink(application.db, { token })).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("whether an address has an account shows in no answer: unknown ones are queued alike, and get no letter", async () => {
  const { system } = await organization();
  await addMember(application.db, system, { email: "known@acme.example", role: "viewer", password });
  for (const email of ["known@acme.example", "nobody@acme.example"])
    expect(await askPasswordLetter(application.db, { email }, { mail: true })).toBeUndefined();
  const jobs = await queued();
  expect(jobs).toHaveLength(2);
  for (const job of jobs) await send(job);
  expect(mailbox.received.map(({ to }) => to)).toEqual([["known@acme.example"]]);
  expect((await database.pool.query("select from auth.links")).rowCount).toBe(1);
});

test("nobody's mailbox is flooded: three letters an hour for an address, ten tries in a quarter of an hour for a network", async () => {
  const ask = (email: string, ip: string) => askPasswordLetter(application.db, { email }, { mail: true, ip });
  for (let tries = 0; tries < 8; tries++) await ask("victim@acme.example", `192.0.2.${tries}`);
  expect(await queued()).toHaveLength(3);
  for (let tries = 0; tries < 10; tries++) await ask(`other${tries}@acme.example`, "198.51.100.7");
  await expect(ask("eleventh@acme.example", "198.51.100.7")).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
  expect(await queued()).toHaveLength(13);
});

test("an owner floods no mailbox either, and a demonstration, whose passwords are published, sends no letter", async () => {
  const { system } = await organization();
  const send3 = () => invite(application.db, system, invitation("victim@acme.example"), { mail: true });
  for (let times = 0; times < 3; times++) await send3();
  await expect(send3()).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
  await invite(application.db, system, invitation("other@acme.example"), { mail: true });
  expect(await queued()).toHaveLength(4);

  const demo = { slug: `demo-${++made}`, name: "Demo", time_zone: "UTC", is_demo: true };
  const { org_id } = await createOrganization(application.db, demo);
  const { token } = await invite(application.db, systemOf(org_id), invitation("any@acme.example"), { mail: true });
  expect(token).toMatch(/^[\w-]{43}$/);
  expect((await listMembers(application.db, systemOf(org_id), { mail: true })).mail).toBe(false);
  expect((await listMembers(application.db, system, { mail: true })).mail).toBe(true);
  expect(await queued()).toHaveLength(4);
});

test("a letter that isn't taken is tried again by the queue, and its error names nobody", async () => {
  const { system } = await organization();
  await invite(application.db, system, invitation("refused@acme.example"), { mail: true });
  const [job] = await queued();
  const said = await send(job!).then(
    () => "sent",
    (error: Error) => error.message,
  );
  expect(said).toMatch(/didn't take the letter: .*550/);
  expect(said).not.toMatch(/refused@/);
  await expect(send(job!, "smtp://127.0.0.1:1")).rejects.toThrow(/didn't take the letter: (ESOCKET|ECONNREFUSED)/);
});

test("without a mail server nothing is queued, and the answer says whom to ask", async () => {
  await expect(askPasswordLetter(application.db, { email: "a@b.example" }, { mail: false })).rejects.toMatchObject({
    code: "CONFLICT",
  });
  expect(await queued()).toEqual([]);
});
