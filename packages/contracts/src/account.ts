import { z } from "zod";
import { NewPassword } from "./access.ts";
import { Instant } from "./dates.ts";
import { mutation, query } from "./procedure.ts";

/** A living session of an account: a browser that is signed in. */
export const Login = z.object({
  id: z.string(),
  /** As the browser calls itself; null where it didn't. */
  user_agent: z.string().nullable(),
  /** Its network, as `192.0.2.0/24` or `2001:db8:40::/48`; null where it wasn't known. */
  network: z.string().nullable(),
  created_at: Instant,
  /** To five minutes. */
  last_seen_at: Instant,
  /** The one that asks. */
  is_current: z.boolean(),
});
export type Login = z.output<typeof Login>;

/** Somebody signed in as this account, or tried with a wrong password. */
export const LoginTry = z.object({
  at: Instant,
  succeeded: z.boolean(),
  network: z.string().nullable(),
});
export type LoginTry = z.output<typeof LoginTry>;

export const OwnAccount = z.object({
  email: z.string(),
  full_name: z.string(),
  /** Accounts of the demonstration stay as they are: their passwords are published. */
  is_demo: z.boolean(),
  /** Null: not since this is written down. */
  password_changed_at: Instant.nullable(),
  /** Newest use first, the one that asks before all. */
  logins: z.array(Login),
  /** The newest tries of the last 90 days to enter this organisation, at most 20. */
  tries: z.array(LoginTry),
  /** How many there were. */
  tries_total: z.int(),
  tries_failed: z.int(),
});
export type OwnAccount = z.output<typeof OwnAccount>;

export const ChangePasswordInput = z.object({ current: z.string().min(1).max(1_000), password: NewPassword });
export type ChangePasswordInput = z.output<typeof ChangePasswordInput>;

const Done = z.object({ ok: z.literal(true) });

/** One's own account: whoever is signed in, whatever their role. */
export const account = {
  read: query({ access: "member", input: z.object({}), output: OwnAccount }),
  rename: mutation({
    access: "member",
    input: z.object({ full_name: z.string().trim().min(1).max(255) }),
    output: Done,
  }),
  /** Ends every other session of the account; this one goes on under a new token. */
  changePassword: mutation({ access: "member", input: ChangePasswordInput, output: Done }),
  endLogin: mutation({ access: "member", input: z.object({ id: z.string().max(100) }), output: Done }),
  endOtherLogins: mutation({ access: "member", input: z.object({}), output: z.object({ ended: z.int() }) }),
};
