import type { Head, Heads } from "../src/tenancy/audit/heads.ts";

/** Heads of audit chains that nothing keeps. */
export function memoryHeads(): Heads & { kept: Head[] } {
  const kept: Head[] = [];
  return { kept, read: async () => [...kept], append: async (head) => void kept.push(head) };
}
