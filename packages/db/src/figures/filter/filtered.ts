import type { SQL } from "drizzle-orm";
import { asksAnything } from "../../people/filter.ts";
import {
  composed,
  type Params,
  type ParamsOf,
  type Places,
  type Row,
  type RowOf,
  type Statement,
  statement,
} from "../../postgres/statement.ts";
import { type FigureFilter, noFilter } from "./filter.ts";

/** A statement about figures: without a filter it is planned once, with one it is composed for it. */
export function filtered<const P extends Params, const R extends Row>(
  name: `${string}.${string}`,
  params: P,
  row: R,
  write: (p: Places<P>, filter: FigureFilter) => SQL,
): (values: ParamsOf<P>, filter: FigureFilter) => Statement<RowOf<R>> {
  const whole = statement(name, params, row, (p) => write(p, noFilter));
  const part = composed(`${name}_filtered`, params, row, write);
  return (values, filter) => (asksAnything(filter) ? part(values, filter) : whole(values));
}
