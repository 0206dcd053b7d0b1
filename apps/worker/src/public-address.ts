import { port, publicUrl, readEnv } from "@twin/db/postgres/env";
import { z } from "zod";

const settings = z.object({ PUBLIC_URL: publicUrl.optional(), PORT: port.default(3000) });

/** An address of the dashboard, for a person to open. */
export function addressOf(path: string, params: Record<string, string>): string {
  const { PUBLIC_URL, PORT } = readEnv(settings);
  return `${PUBLIC_URL?.origin ?? `http://127.0.0.1:${PORT}`}${path}?${new URLSearchParams(params)}`;
}
