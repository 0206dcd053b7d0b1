import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * An empty folder of this process outside of the checkout. Those of processes that are gone are cleared away.
 * @param end what still runs in a folder that is about to go
 */
export async function ownFolder(
  kind: string,
  end: (folder: string) => Promise<unknown> = async () => {},
): Promise<string> {
  const home = join(tmpdir(), `ai-twin-${kind}-${process.getuid?.() ?? 0}`);
  mkdirSync(home, { recursive: true, mode: 0o711 });
  for (const name of readdirSync(home)) {
    if (isRunning(Number(name.split("-")[0]))) continue;
    await end(join(home, name));
    rmSync(join(home, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(home, `${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
