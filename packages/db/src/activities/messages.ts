import type { WithMessages } from "@twin/contracts/activities";
import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import { inBoth } from "../archives/restored.ts";
import type { Figure } from "./total.ts";
import { asksForUse, summedFacts, type FigureFilter } from "../figures/filter/filter.ts";
import type { OrgId } from "../people/attributes.ts";
import { composed } from "../postgres/statement.ts";
import type { Range, Selection } from "./filter.ts";
import { asks, byPeople } from "../people/filter.ts";

/**
 * Messages `m` under a filter, of any time. A message counts for its author, and for the twin of its conversation
 * (docs/METRICS.md, "Facts"): so attributes of people are asked of the message, everything else of its activity.
 */
function messagesOf(org_id: OrgId, filter: FigureFilter, whose: WithMessages): SQL {
  const sender = whose === "any" ? [] : [sql`m.sender_type = ${whose}`];
  return sql.join([sql`m.org_id = ${org_id}`, ...sender, ...byPeople(org_id, sql`m.user_id`, filter)], sql` and `);
}

const writtenIn = ({ from, until }: Range): SQL => sql`m.id >= ${from}::uuid and m.id < ${until}::uuid`;

/** Whether the conversation `a` holds messages of the range that the filter asks for. */
export const holdsMessages = (org_id: SQL, filter: FigureFilter, whose: WithMessages, range: Range): SQL =>
  sql`a.id in (select m.conversation_id from messages m where ${messagesOf(org_id, filter, whose)} and ${writtenIn(range)}
    and m.conversation_id >= ${range.reach_from}::uuid and m.conversation_id < ${range.reach_until}::uuid)`;

/** A list of conversations by messages. */
type ByMessages = Selection & { whose: WithMessages; range: Range };

const messagesByConversation = composed(
  "activities.messages_by_conversation",
  { org_id: "int", ids: "uuid[]" },
  { id: "uuid", messages: "int" },
  (p, { filter, whose, range }: ByMessages) => sql`
    select m.conversation_id as id, count(*)::int as messages from messages m
    where ${messagesOf(p.org_id, filter, whose)} and ${writtenIn(range)} and m.conversation_id = any(${p.ids})
    group by m.conversation_id`,
);

/** How many messages of the range each of these conversations holds. */
export async function countWritten(
  tx: Tx,
  asked: ByMessages,
  ids: readonly string[],
  withRestored: boolean,
): Promise<Map<string, number>> {
  const statement = messagesByConversation({ org_id: tx.org_id, ids }, asked);
  const rows = await inBoth(tx, withRestored, () => tx.query(statement));
  return new Map(rows.flat().map(({ id, messages }) => [id, messages]));
}

const messagesOfConversations = composed(
  "activities.conversations_found",
  { org_id: "int" },
  { found: "int", messages: "int" },
  (p, { filter, whose, range }: ByMessages, ids: SQL) => sql`
    select count(*)::int as found, coalesce(sum(n.messages), 0)::int as messages from (${ids}) a
    cross join lateral (
      select count(*) as messages from messages m
      where ${messagesOf(p.org_id, filter, whose)} and ${writtenIn(range)} and m.conversation_id = a.id
    ) n`,
);

/**
 * Conversations, and what they hold of the range.
 * @param ids the query for the ids of the conversations that are counted
 */
export async function countConversations(
  tx: Tx,
  asked: ByMessages,
  ids: SQL,
  withRestored: boolean,
): Promise<{ found: number; messages: number }> {
  const statement = messagesOfConversations({ org_id: tx.org_id }, asked, ids);
  const rows = await inBoth(tx, withRestored, () => tx.query(statement));
  return rows.flat().reduce((sum, row) => ({ found: sum.found + row.found, messages: sum.messages + row.messages }), {
    found: 0,
    messages: 0,
  });
}

const counted: Record<WithMessages, string> = {
  any: "d.user_messages + d.twin_messages",
  user: "d.user_messages",
  twin: "d.twin_messages",
};

/** The figure that counts messages; null where no stored figure knows what the filter asks for. */
export function messagesFigure(org_id: SQL, { filter, whose, always }: ByMessages): Figure | null {
  if (asks(filter.source) || asks(filter.type)) return null;
  const activity = asksForUse(filter) ? sql` join activities a on a.id = m.conversation_id and ${always}` : sql``;
  return {
    perDay: (days) =>
      sql`select d.day, sum(${sql.raw(counted[whose])})::int from ${summedFacts(filter, days)} group by d.day`,
    rows: sql`select count(*)::int from messages m${activity} where ${messagesOf(org_id, filter, whose)} and m.id >= x.lo_id and m.id < x.hi_id`,
    goesWith: ["messages", "activities"],
  };
}
