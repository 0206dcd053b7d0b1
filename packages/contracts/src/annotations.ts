import { z } from "zod";
import { AskedDay, Day, Instant } from "./dates.ts";
import { mutation, query } from "./procedure.ts";
import { isOneLine } from "./text.ts";

/** Most characters of an annotation, and most of them in one answer: the newest of the days. */
const longest = 200;
const most = 500;
/** Most annotations of an organisation. */
export const annotationsKept = 500;

/** What happened on a day, told below every chart. */
export const Annotation = z.object({
  id: z.uuid(),
  day: Day,
  text: z.string(),
  /** Who wrote it: a member's name, or a key's. */
  created_by: z.string(),
  created_at: Instant,
});
export type Annotation = z.output<typeof Annotation>;

export const ListAnnotationsInput = z.object({
  start_date: AskedDay,
  end_date: AskedDay,
  limit: z.coerce.number().int().min(1).max(most).default(most),
});
export type ListAnnotationsInput = z.output<typeof ListAnnotationsInput>;

export const AnnotationsAnswer = z.object({ annotations: z.array(Annotation) });
export type AnnotationsAnswer = z.output<typeof AnnotationsAnswer>;

export const CreateAnnotationInput = z.object({
  day: AskedDay,
  text: z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .refine(isOneLine, { error: "must be one line, without characters that nobody sees" }),
});
export type CreateAnnotationInput = z.output<typeof CreateAnnotationInput>;

export const annotations = {
  list: query({
    access: "activities.read",
    input: ListAnnotationsInput,
    output: AnnotationsAnswer,
    summary: "What happened on these days, as people wrote it below the charts",
  }),
  /** The same words on the same day are one annotation, whoever sends them again. */
  create: mutation({
    access: "annotations.write",
    input: CreateAnnotationInput,
    output: Annotation,
    summary: "Tell what happened on a day, like a release",
  }),
  remove: mutation({
    access: "annotations.write",
    input: z.object({ id: z.uuid() }),
    output: Annotation,
    summary: "Take an annotation away",
  }),
};
