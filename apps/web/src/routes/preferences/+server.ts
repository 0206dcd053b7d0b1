import type { RequestHandler } from "./$types";
import { safeReturn } from "#lib/links.ts";
import { redirect } from "@sveltejs/kit";

/** Theme and keys for browsers without JavaScript; with it the page sets the same cookies itself. */
export const POST: RequestHandler = async ({ request, cookies }) => {
  const form = await request.formData();
  const options = { path: "/", httpOnly: false, sameSite: "lax", maxAge: 31_536_000, secure: false } as const;
  const theme = form.get("theme");
  if (theme === "light" || theme === "dark") cookies.set("theme", theme, options);
  else if (theme === "system") cookies.delete("theme", { path: "/" });
  const keys = form.get("keys");
  if (keys === "off") cookies.set("keys", "off", options);
  else if (keys === "on") cookies.delete("keys", { path: "/" });
  redirect(303, safeReturn(String(form.get("to") ?? "/")));
};
