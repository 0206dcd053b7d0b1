import { baseUrl } from "./browser.ts";

/** Somebody who is signed in, without a browser: reads pages as the server renders them, and asks the API. */
export type Reader = {
  /** The HTML of a page. @throws Error unless it is there */
  html(path: string): Promise<string>;
  /** An answer of the API: a path of REST, or a procedure with its input. */
  rest<T>(path: string): Promise<T>;
  call<T>(name: string, input: object): Promise<T>;
};

export async function readAs({ email, password }: { email: string; password: string }): Promise<Reader> {
  const signedIn = await fetch(`${baseUrl()}/trpc/access.signIn`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: baseUrl() },
    body: JSON.stringify({ email, password }),
  });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  const get = async (path: string) => {
    const response = await fetch(baseUrl() + path, { headers: { cookie }, redirect: "error" });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 300)}`);
    return text;
  };
  return {
    html: get,
    rest: async (path) => JSON.parse(await get(path)),
    call: async (name, input) =>
      JSON.parse(await get(`/trpc/${name}?input=${encodeURIComponent(JSON.stringify(input))}`)).result.data,
  };
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

/** What one reads of a piece of HTML in a wide window: without tags, comments and a phone's words, spaces as one. */
export const textOf = (html: string): string =>
  html
    .replaceAll(/<!--.*?-->|<(style|script|svg)\b.*?<\/\1>/gs, "")
    .replaceAll(/<span class="narrow\b[^>]*>[^<]*<\/span>/g, "")
    .replaceAll(/<[a-z/](?:"[^"]*"|[^">])*>/gi, " ")
    .replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name]!)
    .replaceAll(/[\s\u00a0]+/g, " ")
    .trim();

/** The cells of each row of the table whose caption says this, as one reads them. */
export function tableOf(html: string, caption: RegExp): string[][] {
  const table = html.match(/<table\b.*?<\/table>/gs)?.find((one) => caption.test(textOf(one)));
  if (!table) throw new Error(`no table ${caption} in ${textOf(html).slice(0, 500)}`);
  return (table.match(/<tr\b.*?<\/tr>/gs) ?? []).map((row) => (row.match(/<(t[dh])\b.*?<\/\1>/gs) ?? []).map(textOf));
}
