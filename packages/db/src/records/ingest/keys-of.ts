import type { Parsed } from "./parse.ts";
import type { Keys } from "./references.ts";

/** All names that the records of a batch use, each kind of record once: they are looked up together. */
export function keysOf(parsed: Parsed): Keys {
  const keys = { user: [], twin: [], session: [], activity: [], feature: [] } as Record<keyof Keys, string[]>;
  const add = (kind: keyof Keys, key: string | null | undefined) => {
    if (typeof key === "string") keys[kind].push(key);
  };
  const addAuthor = ({ sender_type, user }: { sender_type: string; user?: string | null | undefined }) => {
    if (sender_type === "user" && user) add("user", user);
  };
  for (const { record } of parsed.users) {
    add("user", record.email);
    add("user", record.external_id || undefined);
  }
  for (const { record } of parsed.twins) {
    add("user", record.user);
    add("twin", record.external_id);
  }
  for (const { record } of parsed.installations) add("twin", record.twin);
  for (const { record } of parsed.sessions) {
    add("user", record.user);
    add("twin", record.twin);
    add("session", record.external_id);
  }
  for (const { record, messages } of parsed.activities) {
    add("user", record.user);
    add("twin", record.twin);
    add("session", record.session || undefined);
    add("activity", record.external_id);
    for (const message of messages) addAuthor(message.record);
  }
  for (const { record } of parsed.messages) {
    add("activity", record.conversation);
    addAuthor(record);
  }
  for (const { record } of parsed.features) {
    add("user", record.user);
    add("feature", record.external_id);
  }
  return keys;
}
