import { z } from "zod";
import { AsOf } from "./dates.ts";
import { mutation, query } from "./procedure.ts";
import { permissions, roles } from "./vocabulary.ts";

export const Email = z
  .string()
  .trim()
  .max(255)
  .regex(/^[^\s@]+@[^\s@]+$/, { error: "must be an e-mail address" });
export const NewPassword = z.string().min(12, { error: "must have at least 12 characters" }).max(200);

export const Organization = z.object({ id: z.int(), slug: z.string(), name: z.string(), is_demo: z.boolean() });

/** Who is signed in, and as what in which organisation. */
export const Viewer = z.object({
  account: z.object({ id: z.uuid(), email: z.string(), full_name: z.string() }),
  organization: Organization.extend({ timezone: z.string(), figures_at: AsOf }),
  role: z.enum(roles),
  permissions: z.array(z.enum(permissions)),
  organizations: z.array(Organization),
});
export type Viewer = z.output<typeof Viewer>;

/** What the sign-in page must know before anyone is signed in. */
export const SignInState = z.object({
  /** True until the first account exists: then a visitor creates the owner. */
  needs_owner: z.boolean(),
  /** They come from another machine, so they need the link that the server printed. */
  needs_setup_token: z.boolean(),
  /** Sign-ins of the demonstration; only in demo mode. */
  demo: z.array(z.object({ email: z.string(), password: z.string(), role: z.enum(roles) })),
  /** Whether this server sends letters: then somebody who forgot their password gets a link by mail. */
  mail: z.boolean(),
});
export type SignInState = z.output<typeof SignInState>;

export const SignInInput = z.object({ email: Email, password: z.string().min(1).max(1_000) });
export type SignInInput = z.output<typeof SignInInput>;

export const CreateOwnerInput = z.object({
  email: Email,
  password: NewPassword,
  full_name: z.string().trim().min(1).max(255),
  organization_name: z.string().trim().min(1).max(255),
  slug: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: "must be 1 to 40 of a-z, 0-9 and -" }),
  timezone: z.string().max(50),
  /** From the link that the server prints while nobody has an account; not needed on the machine itself. */
  setup_token: z.string().max(100).optional(),
});
export type CreateOwnerInput = z.output<typeof CreateOwnerInput>;

/** A link by which somebody chooses their password, once. */
export const PasswordLink = z.object({ token: z.string().min(1).max(100) });
export const SetPasswordInput = PasswordLink.extend({ password: NewPassword });
export type SetPasswordInput = z.output<typeof SetPasswordInput>;

/** The token goes into an HttpOnly cookie, which the API sets itself; the answer never holds it. */
export const SignedIn = z.object({ ok: z.literal(true) });

const Nothing = z.object({});

export const access = {
  state: query({ access: "public", input: Nothing, output: SignInState }),
  signIn: mutation({ access: "public", input: SignInInput, output: SignedIn }),
  createOwner: mutation({ access: "public", input: CreateOwnerInput, output: SignedIn }),
  /** Whose password the link is for. */
  passwordLink: query({ access: "public", input: PasswordLink, output: z.object({ email: z.string() }) }),
  setPassword: mutation({ access: "public", input: SetPasswordInput, output: SignedIn }),
  /** The same answer whether the address has an account. */
  askPasswordLetter: mutation({
    access: "public",
    input: z.object({ email: Email }),
    output: z.object({ ok: z.literal(true) }),
  }),
  signOut: mutation({ access: "member", input: Nothing, output: z.object({ ok: z.literal(true) }) }),
  signOutEverywhere: mutation({ access: "member", input: Nothing, output: z.object({ ok: z.literal(true) }) }),
  viewer: query({ access: "member", input: Nothing, output: Viewer }),
  selectOrganization: mutation({
    access: "member",
    input: z.object({ slug: z.string().max(40) }),
    output: z.object({ ok: z.literal(true) }),
  }),
};
