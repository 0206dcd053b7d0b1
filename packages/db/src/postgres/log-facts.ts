const secrets: [RegExp, string][] = [
  [/twin_[0-9A-Za-z]{12}_[0-9A-Za-z]+/g, "twin_[key]"],
  [/(postgres(?:ql)?:\/\/)[^@\s/]*@/g, "$1[login]@"],
  [/[^\s@"'<>()=,;]+@[^\s@"'<>()=,;]+\.[^\s@"'<>()=,;]+/g, "[address]"],
  [/(twin_session=)[^;\s]+/g, "$1[token]"],
  [/(invalid input (?:syntax|value) for [^:]+: )"[^\n]*"/g, '$1"[value]"'],
];

/** A text without keys, logins, session tokens, e-mail addresses and values that the database could not read. */
export const scrub = (text: string): string =>
  secrets.reduce((clean, [pattern, instead]) => clean.replaceAll(pattern, instead), text);

/**
 * The parts of an error that can't hold a row's content, for logs and the records of jobs: the database repeats values in
 * `detail`, `where` and `parameters`.
 */
export function logFactsOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: scrub(String(error)) };
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    message: scrub(error.message),
    ...(typeof code === "string" && { code }),
    stack: scrub(error.stack ?? ""),
    ...(error.cause !== undefined && { cause: logFactsOf(error.cause) }),
  };
}

/** What an error says, for people who look after jobs. */
export const messageOf = (error: unknown): string => scrub(error instanceof Error ? error.message : String(error));
