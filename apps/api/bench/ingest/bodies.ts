import { random, text } from "@twin/db/bench/records";

/**
 * `event`: an activity (a question, a draft, a shared use) without its words. `words`: the same with what was asked or
 * written. `conversation`: with five messages of 350 characters.
 */
export const kinds = ["event", "words", "conversation"] as const;
export type Kind = (typeof kinds)[number];

export const messagesEach = 5;
const message = text.repeat(2).slice(0, 350);

/** What a record of a kind is counted as: a conversation is one, and so is each of its messages. */
export const countOf = (kind: Kind): number => (kind === "conversation" ? 1 + messagesEach : 1);

/**
 * Makes bodies of records that happen as they are made, by people of whom few do much; a sixth of them with somebody
 * else's twin.
 * @param name what the ids of the records begin with
 */
export function bodiesOf(kind: Kind, people: number, name: string): (batch: number) => string {
  const next = random([...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7));
  let made = 0;
  const details = (id: string, now: number): string => {
    if (kind === "conversation") {
      const messages = Array.from({ length: messagesEach }, (_, m) => {
        const at = new Date(now + m).toISOString();
        return `{"external_id":"${id}-${m}","sender_type":"${m % 2 === 0 ? "user" : "twin"}","content":"${message}","token_count":40,"created_at":"${at}"}`;
      });
      return `"activity_type":"conversation","conversation":{"title":"Second delivery","messages":[${messages.join(",")}]}`;
    }
    const r = next();
    if (r < 0.6)
      return kind === "event"
        ? `"activity_type":"query"`
        : `"activity_type":"query","query":{"query_text":"${text}","query_type":"factual","results_count":3}`;
    if (r < 0.9)
      return kind === "event"
        ? `"activity_type":"document"`
        : `"activity_type":"document","document":{"title":"Offer","document_type":"email","content":"${message}"}`;
    return `"activity_type":"shared"`;
  };
  const record = (): string => {
    const user = 1 + Math.floor(next() ** 1.5 * people);
    const twin = next() < 0.16 ? 1 + Math.floor(next() ** 2 * Math.ceil(people / 20)) : user;
    const platform = next() < 0.5 ? "slack" : next() < 0.5 ? "web" : "teams";
    const id = `${name}-${made++}`;
    const now = Date.now();
    return `{"type":"activity","external_id":"${id}","user":"u${user}","twin":"t${twin}","started_at":"${new Date(now).toISOString()}","platform":"${platform}",${details(id, now)}}`;
  };
  return (batch) => `{"records":[${Array.from({ length: batch }, record).join(",")}]}`;
}
