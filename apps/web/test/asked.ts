import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { join } from "node:path";
import { freePort } from "@twin/db/postgres/embedded/embedded";
import { baseUrl } from "./browser.ts";

/** The dashboard behind an ear: every question to the API passes here, whether its server or the browser asks. */
export type Ear = {
  url: string;
  /** Procedures with their input, in the order in which they were asked since the last time. */
  heard(): string[];
  close(): Promise<void>;
};

/** The built dashboard in a process of its own, which asks the stack of this run through the ear. */
export async function listenIn(): Promise<Ear> {
  const heard: string[] = [];
  const web = await freePort();
  const server = createServer((incoming, response) => {
    const path = incoming.url!;
    if (!path.startsWith("/trpc/")) return pass(incoming, response, `http://127.0.0.1:${web}`);
    heard.push(...callsOf(new URL(path, baseUrl())));
    pass(incoming, response, baseUrl());
  });
  const port = await freePort();
  await once(server.listen(port, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${port}`;
  const dashboard = spawn(process.execPath, [join(import.meta.dirname, "../build/index.js")], {
    env: { HOST: "127.0.0.1", PORT: String(web), API_ORIGIN: url, PROTOCOL_HEADER: "x-forwarded-proto" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(dashboard.stdout, "data");
  return {
    url,
    heard: () => heard.splice(0),
    async close() {
      server.closeAllConnections();
      server.close();
      dashboard.kill("SIGKILL");
      await once(dashboard, "exit");
    },
  };
}

/** The procedures of an address, each with its input. */
function callsOf({ pathname, searchParams }: URL): string[] {
  const input = JSON.parse(searchParams.get("input") ?? "{}") as Record<string, unknown>;
  return pathname
    .slice("/trpc/".length)
    .split(",")
    .map((name, at) => `${name} ${JSON.stringify(searchParams.has("batch") ? input[at] : input)}`);
}

function pass(incoming: IncomingMessage, response: ServerResponse, to: string): void {
  const headers = { ...incoming.headers, "x-forwarded-proto": "http" };
  const asked = request(to + incoming.url!, { method: incoming.method, headers }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
  });
  asked.on("error", () => response.destroy());
  response.on("close", () => asked.destroy());
  incoming.pipe(asked);
}
