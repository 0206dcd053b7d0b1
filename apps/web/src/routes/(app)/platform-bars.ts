import type { MetricsAnswer } from "@twin/contracts/metrics";
import type { Bar } from "#lib/charts/BarList.svelte";
import { platformColor } from "#lib/platform-color.ts";
import { platformName } from "@twin/wording/names";
import { sharesOf } from "@twin/wording/format";
import { anyType, type Query, sessionsLink } from "#lib/links.ts";

/** Sessions by platform; one that had some in the period before keeps its row at zero. More than six: five and the rest. */
export function platformBars(metrics: MetricsAnswer, params: Query): Bar[] {
  const sessions = metrics.totals.platform_breakdown;
  const names = new Set([...Object.keys(sessions), ...Object.keys(metrics.previous?.totals.platform_breakdown ?? {})]);
  const all = Object.values(sessions).reduce((sum, value) => sum + value, 0);
  const ranked = [...names].map((name) => ({ name, value: sessions[name] ?? 0 })).sort((a, b) => b.value - a.value);
  const share = (value: number) => (all ? value / all : null);
  const shown = ranked.slice(0, ranked.length > 6 ? 5 : 6);
  const rest = ranked.slice(shown.length);
  const others = rest.reduce((sum, one) => sum + one.value, 0);
  const said = sharesOf([...shown.map(({ value }) => value), others]);
  const bars = shown.map(({ name, value }, at) => ({
    name: platformName(name),
    value,
    share: share(value),
    said: said[at]!,
    href: sessionsLink(params, { ...anyType, platform: name }),
    color: platformColor(name),
  }));
  if (rest.length)
    bars.push({
      name: "Other",
      value: others,
      share: share(others),
      said: said.at(-1)!,
      href: sessionsLink(params, { ...anyType, platform: rest.map((one) => one.name).join(",") }),
      color: "var(--other)",
    });
  return bars;
}
