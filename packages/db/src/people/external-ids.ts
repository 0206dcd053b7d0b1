import { hash } from "node:crypto";

/** Hash under which a sender's id is kept, so that no name of theirs lies in our tables. */
export const keyHash = (kind: string, source: string, key: string): Buffer =>
  hash("sha256", `${kind}\n${source}\n${key}`, "buffer");
