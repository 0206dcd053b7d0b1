/** An instant on the wire, of microseconds since 1970. */
export const iso = (micros: number): string => new Date(Math.floor(micros / 1000)).toISOString();

/** Text that PostgreSQL takes: without NUL, half a surrogate as U+FFFD. */
export const storable = (text: string): string => text.replaceAll("\u0000", "").toWellFormed();

/** A name as columns hold it. */
export const clamp = (name: string): string => storable(name).trim().slice(0, 255).toWellFormed();
