import { InviteInput } from "@twin/contracts/members";
import { type Role, roles } from "@twin/contracts/vocabulary";
import { invite, revokeInvitation } from "@twin/db/access/invitations";
import { makePasswordLink } from "@twin/db/access/links";
import { changeMember, listMembers, removeMember } from "@twin/db/access/members";
import type { Database } from "@twin/db/postgres/connect";
import type { Actor } from "@twin/db/tenancy/actor";
import { type Call, type Command, exit, type Flag, UsageError } from "./command.ts";
import { commandActor, organizationOf, withDatabase } from "./database.ts";
import { table } from "./output.ts";
import { addressOf } from "../public-address.ts";

const org: Flag = { type: "string", value: "SLUG", help: "the organisation", required: true };
const role: Flag = { type: "string", value: "ROLE", help: `one of ${roles.join(", ")}`, required: true };
const grants = {
  "read-content": { type: "boolean", help: "an analyst or viewer may read what people wrote, with a reason" },
  "read-titles": { type: "boolean", help: "a viewer may see titles and topics, too" },
} as const satisfies Record<string, Flag>;

/** An operator sends links by hand. */
const byLink = { mail: false };

function roleOf(call: Call): Role {
  const given = call.given("role");
  const known = roles.find((one) => one === given);
  if (!known) throw new UsageError(`--role must be one of ${roles.join(", ")}`);
  return known;
}

/** Runs `act` for the organisation that is named. */
const within = (call: Call, name: string, act: (db: Database, actor: Actor) => Promise<number>): Promise<number> =>
  withDatabase(async (db) => {
    const { org_id } = await organizationOf(db, call.given("org"));
    return act(db, commandActor(org_id, name));
  });

/** The member whose address is given. @throws UsageError where there is none */
async function memberOf(db: Database, actor: Actor, email: string) {
  const { members } = await listMembers(db, actor, byLink);
  const found = members.find((one) => one.email.toLowerCase() === email.toLowerCase());
  if (!found) throw new UsageError(`${email} is no member here: ./twinctl members ls shows who is`);
  return found;
}

/** `members ls`. */
export const membersLs: Command = {
  name: "members ls",
  summary: "List the members of an organisation, and who is invited",
  flags: { org },
  run: (call) =>
    within(call, "members ls", async (db, actor) => {
      const found = await listMembers(db, actor, byLink);
      const granted = (one: { content_read: boolean; titles_read: boolean }) =>
        [one.content_read && "content", one.titles_read && "titles"].filter(Boolean).join(",");
      call.out.result(
        found,
        table([
          ["E-MAIL", "NAME", "ROLE", "READS BY NAME", "STATE"],
          ...found.members.map((one) => {
            const state = one.deactivated_at ? "deactivated" : one.has_password ? "active" : "no password yet";
            return [one.email, one.full_name, one.role, granted(one), state];
          }),
          ...found.invitations.map((one) => [one.email, "", one.role, granted(one), `invited until ${one.expires_at}`]),
        ]),
      );
      return exit.ok;
    }),
};

/** `members invite EMAIL`. */
export const membersInvite: Command = {
  name: "members invite",
  summary: "Make a link by which somebody becomes a member",
  words: ["EMAIL"],
  flags: { org, role, ...grants },
  run(call) {
    const input = InviteInput.safeParse({
      email: call.words[0]!,
      role: roleOf(call),
      content_read: call.isSet("read-content"),
      titles_read: call.isSet("read-titles"),
    });
    if (!input.success) throw new UsageError(`EMAIL ${input.error.issues[0]!.message}`);
    return within(call, "members invite", async (db, actor) => {
      const { token, ...invitation } = await invite(db, actor, input.data, byLink);
      const link = addressOf("/join", { token: token! });
      call.out.result({ ...invitation, link }, [
        `Send this to ${invitation.email}; it works once, until ${invitation.expires_at}:`,
        `  ${link}`,
      ]);
      return exit.ok;
    });
  },
};

/** `members role EMAIL`. */
export const membersRole: Command = {
  name: "members role",
  summary: "Change what a member may; their sessions there end",
  words: ["EMAIL"],
  flags: { org, role, ...grants },
  run: (call) =>
    within(call, "members role", async (db, actor) => {
      const { account_id } = await memberOf(db, actor, call.words[0]!);
      const { member } = await changeMember(
        db,
        actor,
        {
          account_id,
          role: roleOf(call),
          content_read: call.isSet("read-content"),
          titles_read: call.isSet("read-titles"),
          active: true,
        },
        { request_id: actor.request_id },
      );
      call.out.result(member, [`${member.email} is ${member.role} now.`]);
      return exit.ok;
    }),
};

/** `members password EMAIL`. */
export const membersPassword: Command = {
  name: "members password",
  summary: "Make a link by which a member chooses a new password",
  words: ["EMAIL"],
  flags: { org },
  run: (call) =>
    within(call, "members password", async (db, actor) => {
      const { email } = await memberOf(db, actor, call.words[0]!);
      const link = addressOf("/set-password", { token: await makePasswordLink(db, actor, email) });
      call.out.result({ email, link }, [
        `Send this to ${email}; it works once, for 7 days, and ends all of their sign-ins:`,
        `  ${link}`,
      ]);
      return exit.ok;
    }),
};

/** `members remove EMAIL`. */
export const membersRemove: Command = {
  name: "members remove",
  summary: "Take a member's place away, or an invitation back",
  words: ["EMAIL"],
  flags: { org },
  run: (call) =>
    within(call, "members remove", async (db, actor) => {
      const email = call.words[0]!;
      const { invitations } = await listMembers(db, actor, byLink);
      const invited = invitations.find((one) => one.email.toLowerCase() === email.toLowerCase());
      if (invited) await revokeInvitation(db, actor, invited);
      else await removeMember(db, actor, await memberOf(db, actor, email));
      call.out.result({ email, was: invited ? "invited" : "member" }, [
        invited ? `The invitation of ${email} is taken back.` : `${email} is no member any more.`,
      ]);
      return exit.ok;
    }),
};
