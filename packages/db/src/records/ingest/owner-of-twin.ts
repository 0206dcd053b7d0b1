import { Rejected } from "./outcome.ts";

/** Whose a twin is, with the `updated_at` of the record that said so; where a person set it, that is the time of the act. */
export type Ownership = { user_id: string | null; owner_revised_at: string | null; owner_by_hand: boolean };

/**
 * The owner of a known twin after a record that names one: the newest record wins, of two with one time the greater id, so
 * that every order of arrival ends alike. An owner set by a person is replaced by newer records only.
 * @returns the stored state itself where nothing changes
 * @throws Rejected CONFLICT where a record without `updated_at` names somebody else than the records before it
 */
export function reviseOwner(stored: Ownership, user_id: string, updatedAt: string | undefined): Ownership {
  if (updatedAt === undefined) {
    if (user_id === stored.user_id || stored.owner_by_hand) return stored;
    throw new Rejected(
      "CONFLICT",
      "this twin belongs to somebody else; a record with a newer updated_at puts that right",
      "user",
    );
  }
  const { owner_revised_at: at, owner_by_hand } = stored;
  const isGreater = !owner_by_hand && updatedAt === at && user_id > (stored.user_id ?? "");
  if (at !== null && updatedAt <= at && !isGreater) return stored;
  return { user_id, owner_revised_at: updatedAt, owner_by_hand: false };
}
