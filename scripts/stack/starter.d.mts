/**
 * Calls once when whoever started this process is gone: its parent or, below npm, the parent of the shell that npm runs it
 * in, as npm passes SIGTERM to nobody. It doesn't keep the process alive.
 */
export function whenStarterIsGone(act: () => void): void;
