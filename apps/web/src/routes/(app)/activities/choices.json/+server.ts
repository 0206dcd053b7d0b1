import type { RequestHandler } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { rangeOf, todayIn } from "#lib/range-of.ts";
import type { Choice } from "#lib/ui/choices.ts";
import { addDays } from "@twin/contracts/calendar";
import { limits } from "@twin/contracts/vocabulary";
import { error, json } from "@sveltejs/kit";

/** As many as one looks through; what is not among them is found by more letters. */
const most = 20;

/** People or twins to filter by, whose names hold what was typed; twins also by whose they are. */
export const GET: RequestHandler = async ({ locals, url, request: { signal } }) => {
  const { organization } = await locals.viewer();
  const search = (url.searchParams.get("search") ?? "").trim().slice(0, 200) || undefined;
  const { start, end } = rangeOf(url.searchParams, todayIn(organization.timezone));
  const { twins, users } = locals.api;
  const peopleLike = async (): Promise<Choice[]> => {
    const found = await users.list.query({ search, limit: most }, { signal });
    return found.users.map(({ id, name, email, department }) => ({ value: id, name, note: department ?? email }));
  };
  const twinsLike = async (): Promise<Choice[]> => {
    const first = addDays(end, 1 - limits.buckets);
    const days = { start_date: start > first ? start : first, end_date: end };
    const found = await twins.list.query({ ...days, search, limit: most }, { signal });
    return found.twins.map(({ id, name, owner, activities }) => {
      const isNamed = name.toLowerCase().includes((search ?? "").toLowerCase());
      return { value: id, name, ...(!isNamed && owner?.name && { note: owner.name }), count: activities };
    });
  };
  return json(
    await (url.searchParams.get("of") === "twin" ? twinsLike() : peopleLike()).catch((cause: unknown) => {
      const { code, message, request_id } = answerOf(cause);
      error(statusOf(code), { message, request_id });
    }),
  );
};
