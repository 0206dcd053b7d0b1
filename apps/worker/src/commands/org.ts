import { addMember, hasAccount } from "@twin/db/access/accounts";
import { hasPassword, makePasswordLink } from "@twin/db/access/links";
import { type Actor, inAuth } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { createOrganization } from "@twin/db/access/create-organization";
import { listOrganizations } from "@twin/db/tenancy/organizations/find";
import { type Call, type Command, exit, UsageError } from "./command.ts";
import { commandActor, organizationOf, withDatabase } from "./database.ts";
import { table } from "./output.ts";
import { addressOf } from "../public-address.ts";

const email = /^[^\s@]+@[^\s@]+$/;

function ownerOf(call: Call): string | undefined {
  const given = call.text("owner");
  if (given !== undefined && !email.test(given)) throw new UsageError("--owner must be an e-mail address");
  return given;
}

/** What is printed for an owner: a link to choose a password, where they have none. */
async function welcome(db: Database, actor: Actor, owner: string): Promise<{ link: string | null; lines: string[] }> {
  if (await hasPassword(db, owner)) return { link: null, lines: [`Its owner is ${owner}, who signs in as before.`] };
  const link = addressOf("/set-password", { token: await makePasswordLink(db, actor, owner) });
  return { link, lines: [`Its owner is ${owner}, who chooses a password here, once and within 7 days:`, `  ${link}`] };
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
    owner: {
      type: "string",
      value: "EMAIL",
      help: "who owns it; needed once anyone has an account, else the first visitor does",
    },
  },
  run(call) {
    const [slug] = call.words as [string];
    const owner = ownerOf(call);
    return withDatabase(async (db) => {
      if (owner === undefined && (await inAuth(db, hasAccount)))
        throw new UsageError("name who owns it with --owner EMAIL: nobody else could open it");
      const { org_id } = await createOrganization(db, {
        slug,
        name: call.given("name"),
        time_zone: call.given("timezone"),
        ...(owner !== undefined && { owner_email: owner }),
      });
      const { link, lines } =
        owner === undefined
          ? { link: null, lines: ["Whoever creates the owner in the dashboard owns it."] }
          : await welcome(db, commandActor(org_id, "org create"), owner);
      call.out.result({ id: org_id, slug, owner: owner ?? null, ...(link !== null && { password_link: link }) }, [
        `Organisation ${slug} is there.`,
        ...lines,
      ]);
      return exit.ok;
    });
  },
};

/** `org owner SLUG`. */
export const orgOwner: Command = {
  name: "org owner",
  summary: "Add an owner to an organisation",
  words: ["SLUG"],
  flags: { owner: { type: "string", value: "EMAIL", help: "who owns it, too", required: true } },
  run(call) {
    const [slug] = call.words as [string];
    const owner = ownerOf(call)!;
    return withDatabase(async (db) => {
      const { org_id } = await organizationOf(db, slug);
      const actor = commandActor(org_id, "org owner");
      await addMember(db, actor, { email: owner, role: "owner" });
      const { link, lines } = await welcome(db, actor, owner);
      call.out.result({ id: org_id, slug, owner, ...(link !== null && { password_link: link }) }, lines);
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
