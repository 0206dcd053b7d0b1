import { readFileSync } from "node:fs";

/** See starter.d.mts, which stands beside because an old Node reads this file. */
export function whenStarterIsGone(act) {
  const before = starter();
  const watch = setInterval(() => {
    if (starter() === before) return;
    clearInterval(watch);
    act();
  }, 500).unref();
}

function starter() {
  if (!process.env.npm_lifecycle_event) return String(process.ppid);
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, "utf8");
    return `${process.ppid} ${stat.slice(stat.lastIndexOf(")")).split(" ")[2]}`;
  } catch {
    return String(process.ppid);
  }
}
