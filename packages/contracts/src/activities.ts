import { z } from "zod";
import { checkRange, Instant, rangeFields } from "./dates.ts";
import { filterFields, NotApplied } from "./filter.ts";
import { totalFields } from "./lists.ts";
import { checkPage, nameList, pageFields } from "./paging.ts";
import { mutation, query } from "./procedure.ts";
import { Json } from "./text.ts";
import {
  activityTypes,
  attributeNames,
  type AttributeName,
  recordFeatures,
  restorationStates,
  senderTypes,
  weekdays,
} from "./vocabulary.ts";
import { keepUnits } from "./policies.ts";

/** Filters that choices are counted under (`activities.facets`). */
const facetFields = { ...rangeFields, ...filterFields };
const listFields = {
  ...facetFields,
  /** One local hour of one weekday, `mon-0` to `sun-23`: what started in it on any day of the range. */
  weekday_hour: z
    .string()
    .regex(new RegExp(`^(${weekdays.join("|")})-(\\d|1\\d|2[0-3])$`), { error: "must be like mon-0 or sun-23" })
    .optional(),
  /**
   * Those with a record that counts as a use of this feature. The range is then that of the record, as it is of the
   * feature's figures, and no longer that of the activity's start.
   */
  feature: z.enum(recordFeatures).optional(),
  /**
   * Conversations that hold messages written in the range, whenever they began: messages by anyone, by people (each is a use
   * of `question_asked`), or by twins. What is asked of people is asked of a message's author, and of a twin's message of
   * whoever the conversation is.
   */
  with_messages: z.enum(["any", ...senderTypes]).optional(),
  /** One session's. */
  session: z.uuid({ error: "must be a session's id" }).optional(),
  /** Departments of the twin's owner, as `department`. */
  owner_department: nameList.optional(),
  /** Whether whoever was active and the twin's owner are of one department; `noValue` counts as one. */
  same_department: z.enum(["yes", "no"]).optional(),
  /** How its shared interaction was answered; `none`: not at all. Needs `feature=shared_interaction`. */
  was_helpful: nameList.pipe(z.array(z.enum(["yes", "no", "none"]))).optional(),
};

/** An answer is that of a shared interaction; the range is that of one kind of record. */
function checkFeature({
  value,
  issues,
}: {
  value: Partial<Record<"feature" | "with_messages" | "weekday_hour", string>> & { was_helpful?: string[] | undefined };
  issues: z.core.$ZodRawIssue[];
}): void {
  for (const path of ["feature", "weekday_hour"] as const)
    if (value.with_messages && value[path])
      issues.push({
        code: "custom",
        path: [path],
        message: "can't be asked together with with_messages, whose days are those of messages",
        input: value,
      });
  if (value.was_helpful?.length && value.feature !== "shared_interaction")
    issues.push({
      code: "custom",
      path: ["was_helpful"],
      message: "is asked of shared interactions: give feature=shared_interaction",
      input: value,
    });
}

export const ActivitiesInput = z.object({ ...listFields, ...pageFields }).check(checkRange, checkPage, checkFeature);
export type ActivitiesInput = z.output<typeof ActivitiesInput>;

export const ActivityItem = z.object({
  id: z.uuid(),
  activity_type: z.enum(activityTypes),
  /** Masked (`s•••@acme.example`) unless the caller may read people; null for a deleted user. */
  user_email: z.string().nullable(),
  user_name: z.string(),
  user_id: z.uuid().nullable(),
  twin_id: z.uuid(),
  twin_name: z.string(),
  action_description: z.string().nullable(),
  /** What the activity is about: a conversation's or document's title, else the description. */
  title: z.string().nullable(),
  /**
   * Words of people about it are withheld from whoever lacks `titles.read`: title, topic, description, purpose, sources and
   * metadata are null then.
   */
  titles_masked: z.boolean(),
  started_at: Instant,
  duration_seconds: z.int().nullable(),
  platform: z.string(),
  device_type: z.string().nullable(),
  message_count: z.int().nullable(),
  /** How many results a query had, 0 also where nobody said; null for everything else. */
  results_count: z.int().nullable(),
  /** It was purged from the live tables, and its month brought back from the archive. */
  restored: z.boolean(),
});
export type ActivityItem = z.output<typeof ActivityItem>;

export type WithMessages = NonNullable<ActivitiesInput["with_messages"]>;

export const ListedActivity = ActivityItem.extend({
  /** How many of its messages `with_messages` found in the range; null without it. */
  messages_in_range: z.int().positive().nullable(),
});
export type ListedActivity = z.output<typeof ListedActivity>;

export const ActivityPage = z.object({
  items: z.array(ListedActivity),
  next_cursor: z.string().nullable(),
  prev_cursor: z.string().nullable(),
  ...totalFields,
  /** What these conversations hold of the range, as figures count it, `unlisted` ones among them; null without `with_messages`. */
  messages: z.object({ total: z.int().nonnegative(), total_is_exact: z.boolean() }).nullable(),
  timezone: z.string(),
  not_applied: NotApplied,
  /**
   * Months (of UTC) that are, wholly or in part, archived and hold activities of the range, whatever the filter, with how
   * many are archived of each: they are listed only while the restoration is `done`; null: nobody asked for them.
   */
  archived: z.array(
    z.object({ month: z.string(), activities: z.int(), restoration: z.enum(restorationStates).nullable() }),
  ),
});
export type ActivityPage = z.output<typeof ActivityPage>;

const Facet = z.array(z.object({ value: z.string(), count: z.int() }));
export const FacetsInput = z.object(facetFields).check(checkRange);
export type FacetsInput = z.output<typeof FacetsInput>;
/**
 * Counts beside each choice; each facet ignores its own filter, so that its other choices stay to be seen. Whoever has no
 * department or company is a choice, too.
 */
export const FacetsAnswer = z.object({
  type: Facet,
  platform: Facet,
  ...(Object.fromEntries(attributeNames.map((name) => [name, Facet])) as Record<AttributeName, typeof Facet>),
  not_applied: NotApplied,
});
export type FacetsAnswer = z.output<typeof FacetsAnswer>;

/** Why encrypted text is read. With it, and the permission, the text is shown and the reading is audited. */
const Reason = z.string().trim().min(3).max(500);
const detailFields = { id: z.uuid({ error: "must be an activity's id" }), ...listFields };
/** A reason is for API keys alone: who is signed in reads by `activities.reveal`, which no link can make them do. */
export const ActivityInput = z.object({ ...detailFields, reason: Reason.optional() }).check(checkFeature);
export type ActivityInput = z.output<typeof ActivityInput>;
export const RevealInput = z.object({ ...detailFields, reason: Reason }).check(checkFeature);
export type RevealInput = z.output<typeof RevealInput>;

const person = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string().nullable(),
  department: z.string().nullable(),
});

export const ActivityDetail = ActivityItem.extend({
  ended_at: Instant.nullable(),
  metadata: z.record(z.string(), Json).nullable(),
  /** Its fields, whether they are shown or not. */
  metadata_fields: z.int().nonnegative(),
  /** True while encrypted fields are withheld; they are null then. */
  masked: z.boolean(),
  /** Whether this caller may see the text by giving a reason. */
  may_reveal: z.boolean(),
  timezone: z.string(),
  user: person.nullable(),
  twin: z.object({ id: z.uuid(), name: z.string(), is_shared: z.boolean(), owner: person.nullable() }),
  session: z
    .object({
      id: z.uuid(),
      started_at: Instant,
      ended_at: Instant.nullable(),
      duration_seconds: z.int().nullable(),
      interaction_count: z.int(),
      is_derived: z.boolean(),
    })
    .nullable(),
  conversation: z
    .object({
      title: z.string().nullable(),
      topic: z.string().nullable(),
      message_count: z.int(),
      total_tokens: z.int(),
      /** What was said in messages that are gone; withheld like them. */
      summary: z.string().nullable(),
      /** Bytes of the summary; 0 where nothing was recorded that could be summarised. */
      summary_length: z.int(),
      /** Null while all of its messages are there. */
      summarised_at: Instant.nullable(),
      /** Messages up to then are told of by the summary. */
      summarised_until: Instant.nullable(),
      /** How long messages were kept by the policy that it was summarised by. */
      summarised_after: z.object({ count: z.int(), unit: z.enum(keepUnits) }).nullable(),
      /** The model that wrote the summary; null: it quotes the conversation. */
      summary_model: z.string().nullable(),
      /** Messages whose rows are gone by policy; `message_count` and `total_tokens` still count them. */
      messages_gone: z.int(),
      /** In order, at most the first 1,000; `messages_left` says how many more there are. */
      messages: z.array(
        z.object({
          id: z.uuid(),
          sender_type: z.enum(senderTypes),
          sender_name: z.string(),
          content: z.string().nullable(),
          /** Whether there is text at all; "content was not recorded" otherwise. */
          has_content: z.boolean(),
          /** Its author was erased, and their words with them. */
          is_erased: z.boolean(),
          /** Bytes of the text, so that masked text keeps its shape. */
          length: z.int(),
          token_count: z.int().nullable(),
          created_at: Instant,
          is_edited: z.boolean(),
          edited_at: Instant.nullable(),
        }),
      ),
      messages_left: z.int(),
    })
    .nullable(),
  document: z
    .object({
      title: z.string().nullable(),
      document_type: z.string().nullable(),
      content: z.string().nullable(),
      has_content: z.boolean(),
      length: z.int(),
      word_count: z.int().nullable(),
      character_count: z.int().nullable(),
      created_at: Instant,
      is_exported: z.boolean(),
      exported_at: Instant.nullable(),
    })
    .nullable(),
  query: z
    .object({
      query_text: z.string().nullable(),
      query_type: z.string().nullable(),
      results_count: z.int(),
      retrieved_info: z.string().nullable(),
      has_content: z.boolean(),
      length: z.int(),
      sources: z.array(Json).nullable(),
      sources_count: z.int().nonnegative(),
      created_at: Instant,
    })
    .nullable(),
  shared: z
    .object({
      accessing_user: person.nullable(),
      twin_owner: person.nullable(),
      interaction_purpose: z.string().nullable(),
      interaction_summary: z.string().nullable(),
      has_content: z.boolean(),
      was_helpful: z.boolean().nullable(),
      created_at: Instant,
    })
    .nullable(),
  /** Who has read the text, when and why; latest first. */
  readings: z.array(z.object({ at: Instant, by: z.string(), reason: z.string() })),
  /** Neighbours under the same filters, if any were given: the next older and the next newer activity. */
  older_id: z.uuid().nullable(),
  newer_id: z.uuid().nullable(),
});
export type ActivityDetail = z.output<typeof ActivityDetail>;

export const activities = {
  list: query({
    access: "activities.read",
    input: ActivitiesInput,
    output: ActivityPage,
    summary: "Activities, newest first",
  }),
  get: query({
    access: "activities.read",
    input: ActivityInput,
    output: ActivityDetail,
    summary: "One activity with its detail, session, twin and user",
  }),
  reveal: mutation({
    access: "content.read",
    input: RevealInput,
    output: ActivityDetail,
    summary: "The same with its text, for a reason that is written down",
  }),
  facets: query({ access: "activities.read", input: FacetsInput, output: FacetsAnswer }),
};
