import type { Actions, PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { lifecycleLink } from "#lib/links.ts";
import { dataTypes, type DataType, type Keep, keepUnits } from "@twin/contracts/policies";
import { error, redirect } from "@sveltejs/kit";
import { liftHold, placeHold } from "../holds.ts";
import { refusal, textOf } from "../refusal.ts";
import { readBehind } from "./behind.ts";

const typeOf = (text: string | null): DataType | null => dataTypes.find((one) => one === text) ?? null;
/** A time to keep as the form says it; null where that isn't one. */
function keepOf(count: string | null, unit: string | null): Keep | null {
  const known = keepUnits.find((one) => one === unit);
  const many = Number(count);
  return known && Number.isInteger(many) && many > 0 && many <= 10_000 ? { count: many, unit: known } : null;
}

/** Policies, what is stored, what is due for deletion, runs and holds. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends("lifecycle:state");
  const { permissions } = await locals.viewer();
  if (!permissions.includes("lifecycle.read"))
    error(403, { message: "Owners, admins and operators see how long data is kept. Ask one of them." });
  const { lifecycle } = locals.api;
  const params = url.searchParams;
  const edited = params.get("open") === "edit" ? typeOf(params.get("data")) : null;
  const wanted = edited && keepOf(params.get("count"), params.get("unit"));
  const [policies, plan, forecast, storage, holds, archives, preview] = await Promise.all([
    settle(lifecycle.policies.query({})),
    settle(lifecycle.plan.query({ at: "next_run" })),
    settle(lifecycle.forecast.query({})),
    settle(lifecycle.storage.query({})),
    settle(lifecycle.holds.query({})),
    settle(locals.api.archives.list.query({})),
    edited && wanted ? settle(lifecycle.previewPolicy.query({ data_type: edited, keep: wanted })) : null,
  ]);
  const mayList = permissions.includes("activities.read");
  const mayHold = permissions.includes("people.erase");
  const behind = plan.ok
    ? await readBehind(locals.api, plan.value, (type) => (type === "deleted_users" ? mayHold : mayList))
    : {};
  return {
    policies,
    plan,
    behind,
    forecast,
    storage,
    holds,
    archives,
    edited,
    wanted,
    preview,
    now: new Date().toISOString(),
    mayWrite: permissions.includes("lifecycle.write"),
    mayList,
    mayHold,
    mayLift: permissions.includes("people.overrule"),
  };
};

export const actions: Actions = {
  /** Longer is in force at once, shorter after the cool-down. */
  setPolicy: async ({ request, locals, url }) => {
    const form = await request.formData();
    const data_type = typeOf(textOf(form, "data"));
    const keep = keepOf(textOf(form, "count"), textOf(form, "unit"));
    if (!data_type || !keep) error(400, { message: "That is no time to keep data for." });
    try {
      await locals.api.lifecycle.setPolicy.mutate({ data_type, keep });
    } catch (cause) {
      return refusal("edit", cause);
    }
    redirect(303, lifecycleLink(url.searchParams));
  },
  cancelPending: async ({ request, locals, url }) => {
    const data_type = typeOf(textOf(await request.formData(), "data"));
    if (!data_type) error(400, { message: "There is no such kind of data." });
    try {
      await locals.api.lifecycle.cancelPending.mutate({ data_type });
    } catch (cause) {
      return refusal("pending", cause);
    }
    redirect(303, lifecycleLink(url.searchParams));
  },
  verifyArchives: async ({ locals, url }) => {
    try {
      await locals.api.archives.verify.mutate({});
    } catch (cause) {
      return refusal("archives", cause);
    }
    redirect(303, lifecycleLink(url.searchParams));
  },
  restore: async ({ request, locals, url }) => {
    const month = textOf(await request.formData(), "month");
    try {
      await locals.api.archives.restore.mutate({ month });
    } catch (cause) {
      return refusal("archives", cause);
    }
    redirect(303, lifecycleLink(url.searchParams));
  },
  dropRestored: async ({ request, locals, url }) => {
    const month = textOf(await request.formData(), "month");
    try {
      await locals.api.archives.dropRestored.mutate({ month });
    } catch (cause) {
      return refusal("archives", cause);
    }
    redirect(303, lifecycleLink(url.searchParams));
  },
  placeHold: ({ request, locals: { api }, url }) => placeHold({ api, request, back: lifecycleLink(url.searchParams) }),
  liftHold: ({ request, locals: { api }, url }) => liftHold({ api, request, back: lifecycleLink(url.searchParams) }),
};
