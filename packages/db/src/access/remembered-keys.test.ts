import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { useApplication } from "../../test/ingesting.ts";
import { systemOf } from "../../test/actors.ts";
import { createOrganization } from "./create-organization.ts";
import { createKey, serviceOf } from "./keys.ts";

const database = useDatabase();
const app = useApplication(database);
const begun = Date.parse("2026-06-01T00:00:00Z");

const notices = (open: boolean) => expect.poll(() => app.db.notices.isOpen, { interval: 5 }).toBe(open);

/** A key that was used, and what a use of it says after some seconds. */
async function makeKey(slug: string) {
  const { org_id } = await createOrganization(app.db, { slug, name: slug, time_zone: "UTC" });
  const made = await createKey(
    app.db,
    systemOf(org_id),
    { name: "k", source: "s", scopes: ["ingest.write"] },
    new Date(),
  );
  const use = (seconds: number) => serviceOf(app.db, made.key, { request_id: "r" }, new Date(begun + seconds * 1_000));
  await use(0);
  await notices(true);
  return { id: made.id, use };
}

/** A change of which no notice comes. */
async function changeSilently(text: string, values: unknown[]): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query("set session_replication_role = replica");
    await client.query(text, values);
  } finally {
    client.release(true);
  }
}

test("a key is remembered for 5 seconds, and no longer", async () => {
  const { id, use } = await makeKey("a");
  await use(10);
  await changeSilently("update auth.api_keys set scopes = '{metrics.read}' where id = $1", [id]);
  expect((await use(14.9)).permissions).toEqual(["ingest.write"]);
  expect((await use(15)).permissions).toEqual(["metrics.read"]);
});

test.each([
  ["revoked", "update auth.api_keys set revoked_at = now() where id = $1"],
  ["deleted", "delete from auth.api_keys where id = $1"],
  ["expired", "update auth.api_keys set expires_at = '2026-05-01' where id = $1"],
])("a remembered key that another process lets be %s stands for nobody once its notice came", async (how, change) => {
  const { id, use } = await makeKey(how);
  await use(10);
  await database.pool.query(change, [id]);
  const refused = () =>
    use(11).then(
      () => null,
      (error: { code?: string }) => error.code,
    );
  await expect.poll(refused).toBe("UNAUTHORIZED");
});

test("while no notices arrive, each use asks the database, and what was remembered before doesn't come back", async () => {
  const { id, use } = await makeKey("b");
  await use(10);
  await database.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'twin notices' and datname = current_database()",
  );
  await notices(false);
  await changeSilently("update auth.api_keys set scopes = '{metrics.read}' where id = $1", [id]);
  expect((await use(11)).permissions).toEqual(["metrics.read"]);
  await changeSilently("update auth.api_keys set scopes = '{people.read}' where id = $1", [id]);
  expect((await use(12)).permissions).toEqual(["people.read"]);
  await notices(true);
  expect((await use(13)).permissions).toEqual(["people.read"]);
});

test("of a remembered key only the right secret is taken", async () => {
  const { id, use } = await makeKey("c");
  await use(10);
  const body = `${id}_${"x".repeat(43)}`;
  const guess = `twin_${body}${crc32(body).toString(16).padStart(8, "0")}`;
  const guessed = serviceOf(app.db, guess, { request_id: "r" }, new Date(begun + 11_000));
  await expect(guessed).rejects.toMatchObject({ message: "no such API key" });
  expect((await use(12)).key_id).toBe(id);
});
