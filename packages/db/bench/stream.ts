import { random, text } from "./records.ts";

type Conversation = { external_id: string; user: number; messages: number };

/** Conversations that go on at once; who comes later pushes the oldest out. */
const goingOn = 500;

/**
 * Records as runtimes send them while things happen, in the proportions of the loaded data: sessions that begin and end,
 * activities (half of them in a session that was named), the messages of conversations one by one, uses of features.
 * @returns makes the next records; the same seed makes the same ones
 */
export function openStream(options: { users: number; seed: number }): (count: number, at: () => Date) => object[] {
  const next = random(options.seed);
  const someone = () => 1 + Math.floor(next() ** 1.5 * options.users);
  const platform = () => (next() < 0.5 ? "slack" : next() < 0.5 ? "web" : "teams");
  const conversations: Conversation[] = [];
  const sessions: { type: "session"; external_id: string; user: string; platform: string; started_at: string }[] = [];
  let made = 0;

  const message = ({ external_id, messages }: Conversation, created_at: string) => ({
    external_id: `${external_id}-${messages}`,
    sender_type: messages % 2 === 0 ? "user" : "twin",
    content: text,
    token_count: 40,
    created_at,
  });
  const activity = (external_id: string, started_at: string) => {
    const session = next() < 0.5 ? sessions[Math.floor(next() * sessions.length)] : undefined;
    const user = session ? Number(session.user.slice(1)) : someone();
    const twin = next() < 0.16 ? 1 + Math.floor(next() ** 2 * Math.ceil(options.users / 20)) : user;
    const base = {
      type: "activity",
      external_id,
      user: `u${user}`,
      twin: `t${twin}`,
      started_at,
      platform: session?.platform ?? platform(),
      ...(session && { session: session.external_id }),
    };
    const kind = next();
    if (kind < 0.6) {
      const conversation = { external_id, user, messages: 0 };
      const first = message(conversation, started_at);
      conversation.messages++;
      if (conversations.push(conversation) > goingOn) conversations.shift();
      return { ...base, activity_type: "conversation", conversation: { title: "Second delivery", messages: [first] } };
    }
    if (kind < 0.82)
      return { ...base, activity_type: "query", query: { query_text: text, query_type: "factual", results_count: 3 } };
    if (kind < 0.94)
      return {
        ...base,
        activity_type: "document",
        document: { title: "Offer", document_type: "email", content: text.repeat(3) },
      };
    return { ...base, activity_type: "shared", shared: { interaction_purpose: "Question", was_helpful: next() < 0.7 } };
  };

  const record = (at: string): object => {
    const external_id = `stream-${options.seed}-${made++}`;
    const kind = next();
    if (kind < 0.07) {
      const session = {
        type: "session",
        external_id,
        user: `u${someone()}`,
        platform: platform(),
        started_at: at,
      } as const;
      if (sessions.push({ ...session }) > goingOn) sessions.shift();
      return session;
    }
    const ended = kind < 0.14 && sessions.length > goingOn / 2 ? sessions.shift() : undefined;
    if (ended) return { ...ended, ended_at: at > ended.started_at ? at : ended.started_at };
    const conversation = kind < 0.6 ? conversations[Math.floor(next() * conversations.length)] : undefined;
    if (conversation) {
      const one = { type: "message", conversation: conversation.external_id, ...message(conversation, at) };
      conversation.messages++;
      return one;
    }
    if (kind < 0.92) return activity(external_id, at);
    return { type: "feature", external_id, user: `u${someone()}`, feature_name: "calendar_lookup", used_at: at };
  };
  return (count, at) => Array.from({ length: count }, () => record(at().toISOString()));
}
