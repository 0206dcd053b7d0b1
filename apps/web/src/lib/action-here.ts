/** Where a form of this page is sent, so that its answer still knows the range and the filters. */
export function actionHere({ searchParams }: { searchParams: Iterable<[string, string]> }, action: string): string {
  const kept = [...searchParams].filter(([name]) => !name.startsWith("/"));
  return `?${new URLSearchParams(kept)}${kept.length ? "&" : ""}/${action}`;
}
