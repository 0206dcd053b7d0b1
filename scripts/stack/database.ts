import { setTimeout as sleep } from "node:timers/promises";
import { type EmbeddedServer, startEmbedded } from "@twin/db/postgres/embedded/embedded";

export interface StackDatabase {
  url: string;
  stop: () => Promise<void>;
}

/** A server of our own below the data folder, brought back on the same port whenever it dies. */
export async function ownDatabase(dataDir: string, say: (line: string) => void): Promise<StackDatabase> {
  let server = await startEmbedded({ dataDir });
  let stopping = false;
  if (server.tookOver) say("PostgreSQL was still running from an instance that was killed: taken over");
  const { port } = server;
  const keep = async (current: EmbeddedServer): Promise<void> => {
    await current.exited;
    for (let wait = 100; !stopping; wait = Math.min(wait * 2, 10_000)) {
      say("PostgreSQL ended: starting it again");
      const again = await startEmbedded({ dataDir, port }).catch((error: Error) => say(error.message));
      if (again) {
        server = again;
        if (stopping) return again.stop();
        return keep(again);
      }
      await sleep(wait);
    }
  };
  const kept = keep(server);
  return {
    url: server.url(),
    stop: async () => {
      stopping = true;
      await server.stop(2_000);
      await Promise.race([kept, sleep(1_000)]);
    },
  };
}
