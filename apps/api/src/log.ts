import pino, { type DestinationStream, type Logger } from "pino";

const secrets: [RegExp, string][] = [
  [/twin_[0-9A-Za-z]{12}_[0-9A-Za-z]+/g, "twin_[key]"],
  [/(postgres(?:ql)?:\/\/)[^@\s/]*@/g, "$1[login]@"],
  [/[^\s@"'<>()=,;]+@[^\s@"'<>()=,;]+\.[^\s@"'<>()=,;]+/g, "[address]"],
  [/(twin_session=)[^;\s]+/g, "$1[token]"],
];

/** A text without keys, logins, session tokens and e-mail addresses. */
export const scrub = (text: string): string =>
  secrets.reduce((clean, [pattern, instead]) => clean.replaceAll(pattern, instead), text);

const redacted = ["authorization", "cookie", "set-cookie", "password", "token", "key", "secret", "email"];

/** Of an error only what can't hold a row's content: the database repeats values in `detail`, `where` and `parameters`. */
const serializeError = (error: unknown): Record<string, unknown> => {
  if (!(error instanceof Error)) return { message: scrub(String(error)) };
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    message: scrub(error.message),
    ...(typeof code === "string" && { code }),
    stack: scrub(error.stack ?? ""),
    ...(error.cause !== undefined && { cause: serializeError(error.cause) }),
  };
};

/** JSON lines; what a person or a secret could be recognised by is taken out. */
export const createLog = (level: string, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: { process: "api" },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
      redact: {
        paths: redacted.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
        censor: "[redacted]",
      },
    },
    destination ?? pino.destination({ sync: true }),
  );
