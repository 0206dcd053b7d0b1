import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { cutOf } from "../../policies/cuts.ts";
import { readHolds } from "../../policies/holds.ts";
import type { Conversation, Summarise } from "./conversation.ts";
import { type DueConversation, listWithMessages, readDue } from "./due.ts";
import type { Summarised } from "./store.ts";
import { readTexts } from "./texts.ts";

/** Conversations that are read at once. */
const pageLength = 200;
/** Encrypted bytes of text that are read at once, unless one conversation alone has more. */
const pageBytes = 4_000_000;
/** Conversations that are summarised at the same time: a model's answer takes seconds. */
const sideBySide = 4;

/** Some due conversations with the words of each, and the id after which the next page begins; null: there are no more. */
type Page = { due: DueConversation[]; texts: Map<string, Conversation>; next: string | null };

/** The next conversations that are due at `now`, after the id `after`; null where none can be. */
export function readPage(db: Database, actor: Actor, after: string, now: Date): Promise<Page | null> {
  return inTenant(db, actor, async (tx) => {
    const { cut, due } = await cutOf(tx, "messages", now);
    const holds = await readHolds(tx);
    if (due === null || holds.organization) return null;
    const ids = await listWithMessages(tx, after, due.before, pageLength);
    const all = await readDue(tx, ids, { cut, due, holds });
    let bytes = 0;
    const found = all.filter(({ fresh_bytes }, i) => (bytes += fresh_bytes) <= pageBytes || i === 0);
    const last = found.length < all.length ? found.at(-1)! : null;
    return {
      due: found,
      texts: await readTexts(
        db,
        tx,
        found.filter(({ fresh }) => fresh > 0),
      ),
      next: last?.id ?? (ids.length === pageLength ? ids.at(-1)! : null),
    };
  });
}

/**
 * Makes the summaries of a page, outside of any transaction.
 * @throws the reason of `signal` where it is aborted
 */
export async function summarisePage(page: Page, summarise: Summarise, signal: AbortSignal): Promise<Summarised[]> {
  const done: Summarised[] = [];
  for (let from = 0; from < page.due.length; from += sideBySide) {
    signal.throwIfAborted();
    done.push(
      ...(await Promise.all(
        page.due.slice(from, from + sideBySide).map(async (conversation): Promise<Summarised> => {
          const words = page.texts.get(conversation.id);
          return { conversation, summary: words?.turns.length ? await summarise(words, signal) : null };
        }),
      )),
    );
  }
  return done;
}
