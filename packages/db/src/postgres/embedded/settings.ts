import { totalmem } from "node:os";

const megabyte = 1024 * 1024;

/**
 * Settings by the machine's memory in bytes: PostgreSQL's own defaults are for a small machine with a turning disk. A
 * quarter of the memory, from 128 MB to 2 GB, holds pages; docker-compose.yml says the same for 4 GB, and the benchmark
 * measures with it.
 */
export function settingsOfMachine(memory = memoryOfMachine()): Record<string, string> {
  const buffers = Math.floor(Math.min(Math.max(memory / 4, 128 * megabyte), 2_048 * megabyte) / megabyte);
  return {
    shared_buffers: `${buffers}MB`,
    effective_cache_size: `${3 * buffers}MB`,
    work_mem: "16MB",
    random_page_cost: "1.1",
    max_wal_size: "4GB",
  };
}

/** A container may be given less than the machine has. */
const memoryOfMachine = (): number => Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
