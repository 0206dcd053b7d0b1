import type { MetricFilter } from "@twin/contracts/metrics";
import { findTwin, findUser } from "../activities/references.ts";
import type { Actor, Tx } from "../actor.ts";

/** A filter whose references are known. */
export type ResolvedFilter = {
  platform: string | null;
  twin_id: string | null;
  department: string | null;
  company: string | null;
  user_id: string | null;
  /** Whether anything is filtered at all. */
  any: boolean;
  /** Whether platform is all that is filtered. */
  platformOnly: boolean;
  /** Whether it asks for something that only people have. */
  ofPeople: boolean;
};

/** Everything. */
export const noFilter: ResolvedFilter = {
  platform: null,
  twin_id: null,
  department: null,
  company: null,
  user_id: null,
  any: false,
  platformOnly: false,
  ofPeople: false,
};

/**
 * Resolves the user and the twin of a filter.
 * @throws BAD_REQUEST naming the field, where one of them names nobody or several
 */
export async function resolveFilter(tx: Tx, actor: Actor, filter: MetricFilter): Promise<ResolvedFilter> {
  const resolved = {
    platform: filter.platform ?? null,
    twin_id: filter.twin === undefined ? null : await findTwin(tx, actor, filter.twin),
    department: filter.department ?? null,
    company: filter.company ?? null,
    user_id: filter.user === undefined ? null : await findUser(tx, actor, filter.user),
  };
  const { platform, ...others } = resolved;
  const ofOthers = Object.values(others).some((value) => value !== null);
  return {
    ...resolved,
    any: platform !== null || ofOthers,
    platformOnly: platform !== null && !ofOthers,
    ofPeople: resolved.department !== null || resolved.company !== null || resolved.user_id !== null,
  };
}

/** The filter's values as the parameters `$4` to `$8` of `filteredFacts`. */
export const filterValues = (filter: ResolvedFilter): (string | null)[] => [
  filter.platform,
  filter.twin_id,
  filter.department,
  filter.company,
  filter.user_id,
];

/** Whether the sums by platform (`summedFacts`) and the bitsets answer it: it asks for nothing but a platform. */
export const isOfPlatforms = (filter: ResolvedFilter): boolean => !filter.any || filter.platformOnly;

/**
 * Facts `d` as `filteredFacts`, over all people and twins where the filter allows it. Only for sums by day and platform:
 * such a row is of nobody and no twin.
 */
export const summedFacts = (filter: ResolvedFilter): string =>
  isOfPlatforms(filter)
    ? `platform_days d where d.org_id = $1 and d.day >= $2::date and d.day <= $3::date and ($4::text is null or d.platform = $4)
        and $5::uuid is null and $6::text is null and $7::text is null and $8::uuid is null`
    : filteredFacts(filter);

/**
 * Facts `d` of the organisation `$1` from `$2` to `$3` under a filter (`filterValues`). Attributes of people are those of
 * today, so people are joined; whoever is no person (n = 0) has none.
 */
export const filteredFacts = (filter: ResolvedFilter): string =>
  [
    "user_days d",
    filter.ofPeople ? "join users u on u.org_id = $1 and u.n = d.n" : "",
    "where d.org_id = $1 and d.day >= $2::date and d.day <= $3::date",
    // Each parameter is named in every text, so that a statement takes the same values under every filter.
    "and ($4::text is null or d.platform = $4) and ($5::uuid is null or d.twin_id = $5)",
    filter.ofPeople
      ? "and ($6::text is null or u.department = $6) and ($7::text is null or u.company = $7) and ($8::uuid is null or u.id = $8)"
      : "and $6::text is null and $7::text is null and $8::uuid is null",
  ].join("\n");
