import { hash } from "node:crypto";

/** The hash under which a sender's id is stored, so that our tables hold no name of theirs. */
export const keyHash = (kind: string, source: string, key: string): Buffer =>
  hash("sha256", `${kind}\n${source}\n${key}`, "buffer");
