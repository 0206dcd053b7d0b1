import { setFlagsFromString } from "node:v8";

/**
 * Keeps the part of the heap small in which V8 makes new objects. An import makes garbage as fast as it can; left alone
 * V8 gives it ever more room, and a process that holds 50 MB takes 500.
 */
export const littleGarbage = (): void => setFlagsFromString("--semi-space-growth-factor=1");
