import { z } from "zod";
import { Instant } from "./dates.ts";
import { mutation, query } from "./procedure.ts";
import { keyOverlapHours, scopes } from "./vocabulary.ts";

export const CreateKeyInput = z.object({
  name: z.string().trim().min(1, { error: "say what the key is for" }).max(100),
  /** Name of the world whose external ids this key sends; kept by rotation. */
  source: z.string().regex(/^[a-z0-9:_.-]{1,100}$/, { error: "must be 1 to 100 of a-z, 0-9, :, _, . and -" }),
  scopes: z.array(z.enum(scopes)).min(1, { error: "choose at least one thing that it may do" }),
  /** When it ends: after a year where nothing is said, within two years at most. */
  expires_at: Instant.optional(),
});
export type CreateKeyInput = z.output<typeof CreateKeyInput>;

const KeyId = z.object({ id: z.string().max(100) });

export const RotateKeyInput = KeyId.extend({
  /** How long the key works on beside the one that takes its place, if it doesn't end before. */
  overlap_hours: z.literal(keyOverlapHours).default(24),
  /** When the new one ends: as for a key that is made. */
  expires_at: Instant.optional(),
});
export type RotateKeyInput = z.output<typeof RotateKeyInput>;

export const ApiKey = z.object({
  id: z.string(),
  name: z.string(),
  source: z.string(),
  scopes: z.array(z.enum(scopes)),
  created_at: Instant,
  /** By name; null for a key by `twinctl`, or by somebody whose account is gone. The same for `revoked_by`. */
  created_by: z.string().nullable(),
  expires_at: Instant.nullable(),
  revoked_at: Instant.nullable(),
  revoked_by: z.string().nullable(),
  last_used_at: Instant.nullable(),
  /** The key that it was made to replace, and the one that was made to replace it. */
  replaces: z.string().nullable(),
  replaced_by: z.string().nullable(),
});
export type ApiKey = z.output<typeof ApiKey>;

/** A key as it is shown once, whole. */
const MadeKey = ApiKey.extend({ key: z.string() });

export const keys = {
  list: query({ access: "keys.manage", input: z.object({}), output: z.object({ keys: z.array(ApiKey) }) }),
  /** The whole key is shown once, here. */
  create: mutation({ access: "keys.manage", input: CreateKeyInput, output: MadeKey }),
  /** Makes the key that takes the place of another: same name, scopes and source. The old one works on for the overlap. */
  rotate: mutation({
    access: "keys.manage",
    input: RotateKeyInput,
    output: MadeKey.extend({ replaced: ApiKey }),
  }),
  /** Ends a key at once, and those before it that still work. */
  revoke: mutation({ access: "keys.manage", input: KeyId, output: ApiKey }),
};
