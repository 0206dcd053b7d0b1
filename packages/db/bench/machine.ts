import { cpus, loadavg, release } from "node:os";

/** What figures were measured on, and what else it was doing. */
export type Machine = { cpu: string; cores: number; node: string; system: string; postgres: number; load: number[] };

/** @param postgres the server's major version */
export const machineOf = (postgres: number): Machine => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  node: process.versions.node,
  system: `${process.platform} ${release()}`,
  postgres,
  load: loadavg(),
});
