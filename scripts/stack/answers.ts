import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Whether nobody listens on the port, of this machine's addresses. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer();
    server.once("error", () => answer(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => answer(true)));
  });
}

/** Waits until a page is served at this address; redirects (to the sign-in) are followed. */
export async function untilServed(url: string): Promise<void> {
  for (;;) {
    const served = await fetch(url, { signal: AbortSignal.timeout(10_000) })
      .then(async (answer) => (await answer.arrayBuffer(), answer.ok))
      .catch(() => false);
    if (served) return;
    await sleep(40);
  }
}
