import type { Handle, HandleServerError } from "@sveltejs/kit/hooks";
import { answerOf, clientFor, noteError, statusOf } from "#lib/api.ts";
import { signInLink } from "#lib/links.ts";
import { error as refuse, redirect } from "@sveltejs/kit";

/** Every request of the dashboard: who is signed in, the client of the API that acts as them, cookies and headers. */
export const handle: Handle = async ({ event, resolve }) => {
  const cookies: string[] = [];
  const { locals, request } = event;
  // A file that isn't there is no page for anyone to sign in to.
  if (event.route.id === "/(app)/[...nowhere]" && /\.\w+$/.test(event.url.pathname))
    return new Response("There is nothing at this address.", { status: 404 });
  locals.failed = null;
  const theme = event.cookies.get("theme");
  locals.theme = theme === "light" || theme === "dark" ? theme : null;
  locals.keysOff = event.cookies.get("keys") === "off";
  locals.api = clientFor({
    cookie: request.headers.get("cookie") ?? "",
    userAgent: request.headers.get("user-agent") ?? "",
    visitor: request.headers.get("x-dashboard-visitor"),
    origin: event.url.origin,
    keepCookie: (cookie) => cookies.push(cookie),
  });

  let viewer: ReturnType<App.Locals["viewer"]> | undefined;
  locals.viewer = () =>
    (viewer ??= locals.api.access.viewer.query({}).catch((error: unknown) => {
      const { code, message } = answerOf(error);
      if (code === "UNAUTHORIZED") redirect(303, signInLink(event.url));
      if (code === "TOO_LARGE") refuse(413, { message });
      throw error;
    }));

  const readForm = request.formData.bind(request);
  request.formData = () => readForm().catch(() => refuse(400, { message: "This form can’t be read." }));

  const response = await resolve(event, {
    // Every page is set in this one font; the others load where a letter asks for them.
    preload: ({ type, path }) => type !== "font" || path.includes("geist-latin-wght"),
    transformPageChunk: ({ html }) => html.replace("%theme%", locals.theme ? `data-theme="${locals.theme}"` : ""),
  });
  if (event.isDataRequest && locals.failed)
    response.headers.set("x-page-failed", encodeURIComponent(JSON.stringify(locals.failed)));
  // The API makes and renews the session; what it says about cookies passes through to the browser.
  for (const cookie of cookies) response.headers.append("set-cookie", cookie);
  response.headers.set("x-content-type-options", "nosniff");
  response.headers.set("referrer-policy", "same-origin");
  if (response.headers.get("content-type")?.startsWith("text/html"))
    // A page that was kept would show somebody's figures to whoever goes back to it after they signed out.
    response.headers.set("cache-control", "no-store");
  return response;
};

/** What a page says of an error: the API's own sentence, never a message of the program. */
export const handleError: HandleServerError = (caught) => {
  if (caught.kind === "app") {
    const { status, message, request_id = null } = caught.error;
    if (status >= 500) caught.event.locals.failed = { message, request_id };
    return {};
  }
  if (caught.kind === "framework")
    return caught.error.status === 404 ? { message: "There is nothing at this address." } : {};
  const { code, message, request_id, known } = answerOf(caught.error);
  if (!known) noteError(caught.error);
  if (statusOf(code) >= 500) caught.event.locals.failed = { message, request_id };
  return { message, request_id };
};
