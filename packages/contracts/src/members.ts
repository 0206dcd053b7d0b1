import { z } from "zod";
import { Email, SignedIn } from "./access.ts";
import { Instant } from "./dates.ts";
import { mutation, query } from "./procedure.ts";
import { roles } from "./vocabulary.ts";

/** What a member may: a role, and beside it what is granted by name (`readsByName`). */
const Rights = z.object({
  role: z.enum(roles),
  content_read: z.boolean(),
  titles_read: z.boolean(),
});

export const Member = Rights.extend({
  account_id: z.uuid(),
  email: z.string(),
  full_name: z.string(),
  joined_at: Instant,
  /** Null: they may not come in for now; their place is kept. */
  deactivated_at: Instant.nullable(),
  /** False until they have chosen a password by a link. */
  has_password: z.boolean(),
  /** When the newest of their living sessions began. */
  signed_in_at: Instant.nullable(),
});
export type Member = z.output<typeof Member>;

export const Invitation = Rights.extend({
  id: z.string(),
  email: z.string(),
  /** By name; null for an invitation by `twinctl`, or by somebody who has gone. */
  invited_by: z.string().nullable(),
  created_at: Instant,
  expires_at: Instant,
});
export type Invitation = z.output<typeof Invitation>;

export const MembersAnswer = z.object({
  members: z.array(Member),
  invitations: z.array(Invitation),
  /** Whether an invitation goes by mail; else its link is shown, to be sent by hand. */
  mail: z.boolean(),
});
export type MembersAnswer = z.output<typeof MembersAnswer>;

export const InviteInput = z.object({
  email: Email,
  role: z.enum(roles),
  content_read: z.boolean().default(false),
  titles_read: z.boolean().default(false),
});
export type InviteInput = z.output<typeof InviteInput>;

const AccountId = z.object({ account_id: z.uuid() });

export const ChangeMemberInput = AccountId.extend({
  role: z.enum(roles).optional(),
  content_read: z.boolean().optional(),
  titles_read: z.boolean().optional(),
  /** False keeps them out for now. */
  active: z.boolean().optional(),
});
export type ChangeMemberInput = z.output<typeof ChangeMemberInput>;

const InvitationToken = z.object({ token: z.string().min(1).max(100) });

/** What somebody sees of the invitation that they hold the token of. */
export const Invited = z.object({
  email: z.string(),
  organization: z.string(),
  role: z.enum(roles),
  /** Whether the address has an account with a password: then that one is asked for, else a new one is chosen. */
  has_account: z.boolean(),
});
export type Invited = z.output<typeof Invited>;

export const AcceptInput = InvitationToken.extend({
  /** A new one, or that of the account that the address has. */
  password: z.string().min(1).max(1_000),
  /** For a new account. */
  full_name: z.string().trim().min(1).max(255).optional(),
});
export type AcceptInput = z.output<typeof AcceptInput>;

export const members = {
  list: query({ access: "members.write", input: z.object({}), output: MembersAnswer }),
  /** The token of the link is shown once, here; null: it went by mail. An earlier invitation of the address ends. */
  invite: mutation({
    access: "members.write",
    input: InviteInput,
    output: Invitation.extend({ token: z.string().nullable() }),
  }),
  revokeInvitation: mutation({
    access: "members.write",
    input: z.object({ id: z.string().max(100) }),
    output: z.object({ ok: z.literal(true) }),
  }),
  change: mutation({ access: "members.write", input: ChangeMemberInput, output: Member }),
  remove: mutation({ access: "members.write", input: AccountId, output: z.object({ ok: z.literal(true) }) }),
  /** Makes another member an owner, and the caller an administrator. */
  handOver: mutation({ access: "organization.own", input: AccountId, output: Member }),
  invitation: query({ access: "public", input: InvitationToken, output: Invited }),
  accept: mutation({ access: "public", input: AcceptInput, output: SignedIn }),
};
