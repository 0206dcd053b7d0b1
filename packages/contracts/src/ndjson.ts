/**
 * What a sender is told who sent something else than one record: each names what came, and what to send instead. Used by
 * whoever reads lines, and by ingest itself.
 */
const asked = 'send {"records": [ … ]} as application/json, or one record a line as application/x-ndjson';

/** Of a whole body that is a list. */
export const listInsteadOfBatch = `this is a list: ${asked}`;

/** What is wrong with a value in the place of a record; null where it is an object that may be one. */
export function whatIsNoRecord(value: unknown): string | null {
  if (Array.isArray(value)) return `this is a list of records: ${asked}`;
  if (typeof value !== "object" || value === null)
    return `this is no record but ${JSON.stringify(value)?.slice(0, 40)}`;
  if ("records" in value && Array.isArray(value.records) && !("type" in value))
    return `this is a whole batch, {"records": [ … ]}: ${asked}`;
  return null;
}

/** What a line that isn't JSON is, where it can be told; null otherwise. */
export function whatIsNoLine(line: string): string | null {
  const text = line.trim();
  const whole = text.replace(/,$/, "");
  if (whole !== text && isJson(whole))
    return "there is a comma after the record: NDJSON has one record a line and nothing between them";
  if (/^([{[\]}],?|\}\s*,?|"[^"]*"\s*:.*|.*[{[,])$/s.test(text))
    return 'this is a part of JSON that goes over several lines: put each record on a line of its own, or, over HTTP, send {"records": [ … ]} as application/json';
  return null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
