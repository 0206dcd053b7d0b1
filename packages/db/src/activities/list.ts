import type { ActivitiesInput, ActivityItem, ActivityPage } from "@twin/contracts/activities";
import { limits } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { readArchivedMonths, readRestorations } from "../archives/list.ts";
import { inBoth, inRestored } from "../archives/restored.ts";
import type { Database } from "../postgres/connect.ts";
import { beyondCursor, type Cursor, cursorsOf, readCursor } from "../tenancy/cursor.ts";
import { readTotal } from "./total.ts";
import { idsOf, type Range, readRange, type Selection, selectionOf } from "./filter.ts";
import { figureOf } from "./figure.ts";
import { countConversations, countWritten, messagesFigure } from "./messages.ts";
import { emailFor } from "../people/masking.ts";
import { itemFor } from "../people/titles.ts";
import { anyTenant, composed, only, type Statement, statement } from "../postgres/statement.ts";

/** Ids of one page, and one more that says whether there is another page. */
const idsOfPage = composed(
  "activities.page",
  {},
  { id: "uuid" },
  (_, selection: Selection, cursor: Cursor | null, { page, limit }: Pick<ActivitiesInput, "page" | "limit">) =>
    idsOf(selection, {
      newest: cursor?.towards === "newer" ? "last" : "first",
      limit: limit + 1,
      offset: cursor ? 0 : (page - 1) * limit,
      beyond: beyondCursor(sql`a.id`, cursor),
    }),
);
/** Ids of one page of activities, and one more that says whether there is another page. */
export const activitiesPage = (
  selection: Selection,
  cursor: Cursor | null,
  place: Pick<ActivitiesInput, "page" | "limit">,
): Statement<{ id: string }> => idsOfPage({}, selection, cursor, place);

/** Ids of one page, newest first, and whether there are more in the direction of paging. */
async function readIds(
  tx: Tx,
  selection: Selection,
  cursor: Cursor | null,
  input: ActivitiesInput,
  withRestored: boolean,
): Promise<{ ids: string[]; more: boolean }> {
  const newer = cursor?.towards === "newer";
  const skipped = withRestored && !cursor ? (input.page - 1) * input.limit : 0;
  // Two lists are merged: each of them may fill all pages up to this one.
  const asked = withRestored ? { page: 1, limit: skipped + input.limit } : input;
  const read = () => tx.query(activitiesPage(selection, cursor, asked));
  const found = (await inBoth(tx, withRestored, read)).flat().map(({ id }) => id);
  if (withRestored) found.sort((a, b) => (a < b === newer ? -1 : 1));
  const ids = found.slice(skipped, skipped + input.limit);
  return { ids: newer ? ids.reverse() : ids, more: found.length > skipped + input.limit };
}

/**
 * The rows of activities in the order of `ids`; those that aren't live any more come from restored months. What an actor
 * may see of them is decided in `titles.ts`.
 */
export async function readItems(tx: Tx, actor: Actor, ids: readonly string[]): Promise<ActivityItem[]> {
  const live = (await itemsOf(tx, actor, ids)).map((item) => ({ ...item, restored: false }));
  if (live.length === ids.length) return live;
  const items = new Map<string, ActivityItem>(live.map((item) => [item.id, item]));
  const missing = ids.filter((id) => !items.has(id));
  for (const item of await inRestored(tx, () => itemsOf(tx, actor, missing)))
    items.set(item.id, { ...item, restored: true });
  return ids.flatMap((id) => items.get(id) ?? []);
}

const activityItems = statement(
  "activities.items",
  { org_id: "int", ids: "uuid[]" },
  {
    id: "uuid",
    activity_type: only<ActivityItem["activity_type"]>("text"),
    email: "text?",
    user_name: "text",
    user_id: "uuid?",
    twin_id: "uuid",
    twin_name: "text",
    action_description: "text?",
    title: "text?",
    started_at: "timestamptz",
    duration_seconds: "int?",
    platform: "text",
    device_type: "text?",
    message_count: "int?",
    results_count: "int?",
  },
  (p) => sql`
    select a.id, a.activity_type, u.email, coalesce(u.full_name, 'Deleted user') as user_name, u.id as user_id,
      a.twin_id, coalesce(t.name, 'Deleted twin') as twin_name, a.action_description,
      coalesce(nullif(c.title, ''), nullif(d.title, ''), a.action_description) as title,
      a.started_at, a.duration_seconds, a.platform, a.device_type, c.message_count, q.results_count
    from unnest(${p.ids}) with ordinality page(id, place)
    join activities a on a.org_id = ${p.org_id} and a.id = page.id
    left join users u on u.org_id = a.org_id and u.id = a.user_id and u.deleted_at is null
    left join twins t on t.org_id = a.org_id and t.id = a.twin_id
    left join conversations c on c.org_id = a.org_id and c.activity_id = a.id
    left join documents d on d.org_id = a.org_id and d.activity_id = a.id
    left join queries q on q.org_id = a.org_id and q.activity_id = a.id
    order by place`,
);

async function itemsOf(tx: Tx, actor: Actor, ids: readonly string[]): Promise<Omit<ActivityItem, "restored">[]> {
  const rows = await tx.query(activityItems({ org_id: tx.org_id, ids }));
  return rows.map(({ email, ...row }) => ({ ...row, user_email: emailFor(actor, email), titles_masked: false }));
}

/** How many match, counted no further than one more than `page` reaches. */
const countOfMatching = composed("activities.found", {}, { found: "int" }, (_, selection: Selection) => {
  const { from, where, stretches } = selection;
  const limit = limits.pageDepth + 1;
  const matching = stretches
    ? idsOf(selection, { newest: "first", limit })
    : sql`select from ${from} where ${where} limit ${limit}`;
  return sql`select count(*)::int as found from (${matching}) as counted`;
});

async function countUpTo(tx: Tx, selection: Selection, withRestored: boolean): Promise<{ found: number }> {
  const counts = await inBoth(tx, withRestored, () => tx.query(countOfMatching({}, selection)));
  return { found: counts.flat().reduce((sum, row) => sum + row.found, 0) };
}

type Counted = Pick<ActivityPage, "total" | "total_is_exact" | "unlisted" | "messages"> & {
  /** Messages in the range for each conversation of the page, where the list is by messages. */
  written: Map<string, number> | null;
};

async function countAll(
  tx: Tx,
  { input, selection, ids }: { input: ActivitiesInput; selection: Selection; ids: readonly string[] },
  range: Range,
  how: { withRestored: boolean; now: Date },
): Promise<Counted> {
  const { with_messages: whose } = input;
  if (!whose) {
    const counted = await countUpTo(tx, selection, how.withRestored);
    const total = await readTotal(tx, counted, figureOf(input, selection), range, how);
    return { ...total, messages: null, written: null };
  }
  const asked = { ...selection, whose, range };
  const conversations = idsOf(selection, { newest: "first", limit: limits.pageDepth + 1 });
  const { found, messages } = await countConversations(tx, asked, conversations, how.withRestored);
  const figure = messagesFigure(anyTenant(tx.org_id), asked);
  const { unlisted, ...total } = await readTotal(tx, { found, counted: messages }, figure, range, how);
  return {
    total: Math.min(found, limits.pageDepth),
    total_is_exact: found <= limits.pageDepth,
    unlisted,
    messages: total,
    written: await countWritten(tx, asked, ids, how.withRestored),
  };
}

/**
 * Activities of a range, newest first, one page: by number, or from a cursor, which neither loses nor doubles a row
 * while others arrive.
 * @param now decides what "the last 28 days" are
 * @throws BAD_REQUEST for a cursor that isn't ours
 */
export function listActivities(db: Database, actor: Actor, input: ActivitiesInput, now: Date): Promise<ActivityPage> {
  const cursor = readCursor(input.cursor);
  return inTenant(db, actor, async (tx) => {
    const range = await readRange(tx, input, now);
    const selection = await selectionOf(tx, actor, input, range);
    const archived = await readArchived(tx, range);
    // Messages in the range may belong to conversations that began long before.
    const withRestored = (input.with_messages ? await readRestorations(tx) : archived.map(stateOf)).some(
      ({ status }) => status === "done",
    );
    const { ids, more } = await readIds(tx, selection, cursor, input, withRestored);
    const items = ids.length > 0 ? await readItems(tx, actor, ids) : [];
    const { written, ...counted } = await countAll(tx, { input, selection, ids }, range, { withRestored, now });
    return {
      items: items.map((item) => ({ ...itemFor(actor, item), messages_in_range: written?.get(item.id) ?? null })),
      ...cursorsOf(items, cursor, more, input.page === 1),
      ...counted,
      timezone: range.timezone,
      not_applied: selection.not_applied,
      archived,
    };
  });
}

const stateOf = ({ restoration }: ActivityPage["archived"][number]) => ({ status: restoration });

/** Archived months that hold something of a range. */
async function readArchived(tx: Tx, range: Range): Promise<ActivityPage["archived"]> {
  const months = await readArchivedMonths(tx, null, range);
  if (months.length === 0) return [];
  const states = new Map((await readRestorations(tx)).map(({ month, status }) => [month, status]));
  return months.map(({ month, activities }) => ({ month, activities, restoration: states.get(month) ?? null }));
}
