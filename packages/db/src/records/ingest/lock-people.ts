import type { Batch } from "./batch.ts";
import type { Parsed } from "./parse.ts";
import { namesOf } from "./write-users.ts";

/**
 * Locks everyone whose row a batch may write, at once and in the order of ids: the people that it sends, and those whose last
 * activity its sessions move (`sessions_touch_users`). In two goes a batch could hold somebody while it waits for somebody
 * before them, and two batches, or a batch and a rollup, would wait for each other in a ring.
 */
export async function lockPeopleOf(
  { tx, references }: Pick<Batch, "tx" | "references">,
  { users, sessions }: Pick<Parsed, "users" | "sessions">,
): Promise<void> {
  // People alone, or one session, are locked by one statement where they are stored.
  if (sessions.length === 0 || users.length + sessions.length === 1) return;
  const { ids, emails } = namesOf(references, users);
  const active = sessions.flatMap(({ record }) => references.storedPerson(record.user)?.id ?? []);
  await tx.query({
    name: "lock_people_of_batch",
    text: `select from users where org_id = $1 and (id = any($2::uuid[]) or email_key = any($3::text[]))
      order by id for no key update`,
    values: [tx.org_id, [...new Set([...ids, ...active])], emails],
  });
}
