import type { Summarise } from "@twin/db/archives/summaries/conversation";
import type { Logger } from "pino";
import { askModel, type Endpoint } from "./endpoint.ts";
import { extractTurns, summaryLength } from "./extract.ts";
import { readTurns, writeTurns } from "./turn.ts";

/** Failures one after the other after which a service isn't asked any more. */
const patience = 3;

/**
 * Makes what summarises conversations for the length of one run: with a model where an endpoint is given and answers,
 * else by extracting (`extractTurns`), which never fails. An endpoint that keeps failing is left alone for the rest of
 * the run, so that its time-outs don't add up.
 */
export function makeSummariser(endpoint: Endpoint | null, log: Logger): Summarise {
  let failures = 0;
  return async ({ earlier, turns: later }, signal) => {
    const before = readTurns(earlier ?? "");
    const turns = [...before, ...later];
    // What was a summary already doesn't shrink each time that something is added.
    const extract = extractTurns(turns, { ...summaryLength, least: before.length + 1 });
    if (extract.length === 0) return null;
    if (endpoint && failures < patience) {
      try {
        const text = await askModel(endpoint, turns, signal);
        failures = 0;
        return { text, model: endpoint.model };
      } catch (error) {
        signal.throwIfAborted();
        failures++;
        log.warn(
          { err: error, asked_again: failures < patience },
          "no summary from the model: it is extracted instead",
        );
      }
    }
    return { text: writeTurns(extract), model: null };
  };
}
