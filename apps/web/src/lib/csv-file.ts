import { limits } from "@twin/contracts/vocabulary";
import type { NoteFileInput } from "@twin/contracts/audit";
import { error, type RequestEvent } from "@sveltejs/kit";
import { answerOf, statusOf } from "./api.ts";
import { csvLine } from "./charts/csv.ts";

type Cell = string | number | boolean | null | undefined;
type Page = { rows: Record<string, Cell>[]; next: string | null };

/**
 * A list as a file: its columns by the names of the API, moments as ISO in UTC, page by page as it is read, at most as deep as
 * pages reach. Its name ends with the zone whose days it is of.
 * That it was taken along is written down.
 * @throws error 403 without `export.csv`, and what the API says of the first page
 */
export async function csvFile(
  { locals, url }: Pick<RequestEvent, "locals" | "url">,
  list: NoteFileInput["list"],
  name: string,
  columns: readonly string[],
  pageAt: (cursor: string | undefined) => Promise<Page>,
): Promise<Response> {
  const { organization, permissions } = await locals.viewer();
  if (!permissions.includes("export.csv"))
    error(403, { message: "Your role reads lists here, without taking them along." });
  const refuse = (cause: unknown): never => {
    const { code, message, request_id } = answerOf(cause);
    error(statusOf(code), { message, request_id });
  };
  // The first page is asked before anything is sent, so that an error still is one. What can't be written down isn't given.
  let next = await pageAt(undefined).catch(refuse);
  const asked = Object.fromEntries(
    [...url.searchParams].map(([one, value]) => [one.slice(0, 50), value.slice(0, 500)]),
  );
  await locals.api.audit.noteFile.mutate({ list, asked }).catch(refuse);

  const bytes = new TextEncoder();
  let rows = -1;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (rows === -1) {
        rows = 0;
        return controller.enqueue(bytes.encode(csvLine([...columns])));
      }
      const lines = next.rows.map((row) => csvLine(columns.map((column) => String(row[column] ?? ""))));
      if (lines.length) controller.enqueue(bytes.encode(lines.join("")));
      rows += lines.length;
      if (!next.next || rows >= limits.pageDepth) return controller.close();
      next = await pageAt(next.next);
    },
  });
  const zone = organization.timezone.replaceAll(/[^A-Za-z0-9+-]+/g, "-");
  return new Response(body, {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${name}-${zone}.csv"`,
      "cache-control": "no-store",
    },
  });
}
