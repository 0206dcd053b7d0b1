const [hour, day] = [3_600_000, 86_400_000];

/** Whole days and hours from `now` to `due`; nothing once it is over. */
export function leftUntil(due: string, now: number): { days: number; hours: number } | null {
  const left = Date.parse(due) - now;
  if (left <= 0) return null;
  return { days: Math.floor(left / day), hours: Math.floor((left % day) / hour) };
}

/** How many of `cells` between two instants are spent; the last one only when all the time is. */
export function spentCells(from: string, due: string, now: number, cells: number): number {
  const [start, end] = [Date.parse(from), Date.parse(due)];
  if (end <= start) return cells;
  return Math.min(cells, Math.max(0, Math.floor(((now - start) / (end - start)) * cells)));
}
