import { logFactsOf } from "@twin/db/postgres/log-facts";
import pino, { type DestinationStream, type Logger } from "pino";

const redacted = ["authorization", "cookie", "set-cookie", "password", "token", "key", "secret", "email"];

/** Logs JSON lines; values by which a person or a secret could be recognised are removed. */
export const createLog = (level: string, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: { process: "api" },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: logFactsOf },
      redact: {
        paths: redacted.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
        censor: "[redacted]",
      },
    },
    destination ?? pino.destination({ sync: true }),
  );
