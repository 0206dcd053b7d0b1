import { z } from "zod";
import { ActivityRecord, IngestRecord, NestedMessage } from "./ingest.ts";

/** A field of a record that nobody knows, so that nothing of it was stored. */
export type UnknownField = {
  path: string;
  /** What to tell of it, with the known name that comes nearest: looked for only when it is told. */
  tell(): string;
};

type Shape = Record<string, z.ZodType>;
const shapes = new Map<string, Shape>(IngestRecord.options.map((option) => [option.shape.type.value, option.shape]));
const partOf = (schema: z.ZodType): Shape =>
  schema instanceof z.ZodOptional ? partOf(schema.unwrap() as z.ZodType) : (schema as z.ZodObject).shape;
const parts = ["conversation", "document", "query", "shared"] as const;
const partShapes: Record<string, Shape> = Object.fromEntries(
  parts.map((part) => [part, partOf(ActivityRecord.shape[part])]),
);

/** The fields of a well-formed record, without its messages, that are unknown. */
export function unknownFields(record: unknown): UnknownField[] {
  const { type } = record as { type: string };
  const shape = shapes.get(type);
  if (!shape) return [];
  const found = unknownIn(record, shape, "");
  if (type !== "activity") return found;
  const activity = record as Record<string, unknown>;
  return [...found, ...parts.flatMap((part) => unknownIn(activity[part], partShapes[part]!, `${part}.`))];
}

/** The same of a message inside its activity, whose path is given: there may be thousands, so each is asked by itself. */
export const unknownFieldsOfMessage = (message: unknown, path: string): UnknownField[] =>
  unknownIn(message, NestedMessage.shape, `${path}.`);

function unknownIn(value: unknown, shape: Shape, before: string): UnknownField[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap((name) =>
    Object.hasOwn(shape, name) ? [] : [{ path: before + name, tell: () => `unknown, not stored${hint(name, shape)}` }],
  );
}

function hint(name: string, shape: Shape): string {
  const nearest = nearestName(name, Object.keys(shape));
  if (nearest !== null) return `: did you mean ${nearest}?`;
  const inPart = parts.find((part) => nearestName(name, Object.keys(partShapes[part]!)) !== null && part in shape);
  return inPart ? `: did you mean ${inPart}.${nearestName(name, Object.keys(partShapes[inPart]!))}?` : "";
}

const plain = (name: string) => name.replaceAll(/[^\p{L}\p{N}]/gu, "").toLowerCase();

/** The known name that is spelled most alike, `endedAt` as `ended_at`; null where none is alike. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const wanted = plain(name).slice(0, 100);
  let [nearest, least]: [string | null, number] = [null, Math.ceil(wanted.length / 3) + 1];
  for (const one of known) {
    // Words that differ by so many letters in length differ by as many edits, and more.
    if (Math.abs(wanted.length - plain(one).length) >= least) continue;
    const distance = editsBetween(wanted, plain(one));
    if (distance < least) [nearest, least] = [one, distance];
  }
  return nearest;
}

/** Letters that are to be put in, left out or changed to make one word of the other. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
