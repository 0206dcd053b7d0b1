/** Decides everything that follows a seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const text =
  "The agreement of last week covers what the customer asked for, but not the second delivery. ".repeat(2);

/**
 * Records as an agent's runtime sends them: one activity each, conversations with their messages inside, without a
 * session, by people of whom few do much.
 * @param at when each of them happened; the same seed makes the same records
 * @param name what the ids of the records begin with
 */
export function makeRecords(
  count: number,
  options: { users: number; seed: number; name: string; at: (r: number) => Date },
): unknown[] {
  const next = random(options.seed);
  return Array.from({ length: count }, (_, i) => {
    const user = 1 + Math.floor(next() ** 1.5 * options.users);
    const started = options.at(next());
    const kind = next();
    const started_at = started.toISOString();
    const foreign = next() < 0.16;
    const twin = foreign ? 1 + Math.floor(next() ** 2 * Math.ceil(options.users / 20)) : user;
    const external_id = `${options.name}-${i}`;
    const base = {
      type: "activity",
      external_id,
      user: `u${user}`,
      twin: `t${twin}`,
      started_at,
      platform: next() < 0.5 ? "slack" : next() < 0.5 ? "web" : "teams",
    };
    if (kind < 0.6)
      return {
        ...base,
        activity_type: "conversation",
        conversation: {
          title: "Second delivery",
          messages: Array.from({ length: 2 + Math.floor(next() * 4) }, (__, m) => ({
            external_id: `${external_id}-${m}`,
            sender_type: m % 2 === 0 ? "user" : "twin",
            content: text,
            token_count: 40,
            created_at: new Date(started.getTime() + m * 1_000).toISOString(),
          })),
        },
      };
    if (kind < 0.82)
      return { ...base, activity_type: "query", query: { query_text: text, query_type: "factual", results_count: 3 } };
    if (kind < 0.94)
      return {
        ...base,
        activity_type: "document",
        document: { title: "Offer", document_type: "email", content: text.repeat(3) },
      };
    return { ...base, activity_type: "shared", shared: { interaction_purpose: "Question", was_helpful: next() < 0.7 } };
  });
}
