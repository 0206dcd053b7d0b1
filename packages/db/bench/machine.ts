import { cpus, loadavg, release } from "node:os";

/** What figures were measured on, and what else it was doing. */
export type Machine = { cpu: string; cores: number; node: string; system: string; postgres?: number; load: number[] };

/** @param postgres the server's major version, where there is one */
export const machineOf = (postgres?: number): Machine => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  node: process.versions.node,
  system: `${process.platform} ${release()}`,
  ...(postgres !== undefined && { postgres }),
  load: loadavg(),
});

/** A machine in a sentence, with its load before and after. */
export const wordsOf = ({ cpu, cores, node, system, postgres, load }: Machine, after: number[]): string =>
  `${cores} cores of ${cpu}, Node ${node}, ${postgres === undefined ? "" : `PostgreSQL ${postgres}, `}${system}; load of the machine ` +
  `${load.map((one) => one.toFixed(1)).join(" ")} before, ${after.map((one) => one.toFixed(1)).join(" ")} after`;
