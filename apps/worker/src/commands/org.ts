import { addMember, findFirstAccount } from "@twin/db/access/accounts";
import { createOrganization } from "@twin/db/organizations/create";
import { findOrganization, listOrganizations } from "@twin/db/organizations/find";
import { demoSignIns } from "@twin/db/access/demo";
import type { Database } from "@twin/db/connect";
import { type Command, exit, UsageError } from "./command.ts";
import { withDatabase } from "./database.ts";
import { table } from "./output.ts";

const email = /^[^\s@]+@[^\s@]+$/;

/** Who owns a new organisation without `--owner`: the demonstration's owner, else whoever came first; null: nobody has. */
async function standingOwner(db: Database): Promise<string | null> {
  if (await findOrganization(db, "demo")) return demoSignIns.find(({ role }) => role === "owner")!.email;
  return findFirstAccount(db);
}

/** `org create SLUG`. */
export const orgCreate: Command = {
  name: "org create",
  summary: "Make an organisation",
  words: ["SLUG"],
  flags: {
    name: { type: "string", value: "NAME", help: "what it is called", required: true },
    timezone: {
      type: "string",
      value: "ZONE",
      help: "whose days its figures are by, like Europe/Berlin",
      required: true,
    },
    owner: { type: "string", value: "EMAIL", help: "who owns it (default: the demo's owner, else the first visitor)" },
  },
  run(call) {
    const [slug] = call.words as [string];
    const given = call.text("owner");
    if (given !== undefined && !email.test(given)) throw new UsageError("--owner must be an e-mail address");
    return withDatabase(async (db) => {
      const owner = given ?? (await standingOwner(db));
      const { org_id } = await createOrganization(db, {
        slug,
        name: call.given("name"),
        time_zone: call.given("timezone"),
      });
      const member = owner === null ? null : await addMember(db, { org_id, email: owner, role: "owner" });
      const password = member?.one_time_password ?? null;
      call.out.result({ id: org_id, slug, owner, ...(password !== null && { one_time_password: password }) }, [
        `Organisation ${slug} is there.`,
        owner === null ? "The first visitor of the dashboard becomes its owner." : `Its owner is ${owner}.`,
        ...(password === null ? [] : [`Their password, shown only now: ${password}`]),
      ]);
      return exit.ok;
    });
  },
};

/** `org ls`. */
export const orgLs: Command = {
  name: "org ls",
  summary: "List the organisations",
  run: (call) =>
    withDatabase(async (db) => {
      const organizations = await listOrganizations(db);
      call.out.result(
        { organizations },
        organizations.length === 0
          ? ["There is no organisation yet. Make one with: ./twinctl org create SLUG --name NAME --timezone ZONE"]
          : table([
              ["SLUG", "NAME", ""],
              ...organizations.map((one) => [one.slug, one.name, one.is_demo ? "demonstration" : ""]),
            ]),
      );
      return exit.ok;
    }),
};
