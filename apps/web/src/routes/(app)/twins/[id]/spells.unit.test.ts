import type { TwinAnswer } from "@twin/contracts/twins";
import { expect, test } from "vitest";
import { spellsOf } from "./spells.ts";

type Spell = TwinAnswer["installations"]["spells"][number];
const spell = (
  platform: string,
  installed: string | null,
  uninstalled: string | null,
  workspace: string | null = "T1",
) =>
  ({
    platform,
    workspace_id: workspace,
    workspace_name: workspace && `Acme ${workspace}`,
    installed_at: installed && `${installed}T12:00:00Z`,
    uninstalled_at: uninstalled && `${uninstalled}T12:00:00Z`,
  }) satisfies Spell;
const axisOf = (...spells: Spell[]) =>
  spellsOf({
    installations: { open: 0, total: spells.length, spells },
    timezone: "UTC",
    today: "2026-03-31",
  } as unknown as TwinAnswer);

test("spells of one workspace share a lane, each with its days in words", () => {
  const { lanes } = axisOf(
    spell("slack", "2026-03-01", null),
    spell("web", null, "2026-02-10", null),
    spell("slack", "2025-12-30", "2026-01-03"),
    spell("slack", "2026-02-01", "2026-02-01", "T2"),
    spell("teams", null, null),
  );
  expect(lanes.map(({ name, bars }) => [name, bars.map(({ text }) => text)])).toEqual([
    ["Slack · Acme T1", ["since 1 Mar 2026", "30 Dec 2025 – 3 Jan 2026"]],
    ["Web", ["to 10 Feb 2026"]],
    ["Slack · Acme T2", ["1 Feb 2026"]],
    ["Teams · Acme T1", ["since when isn’t known"]],
  ]);
});

test("bars stand where their days lie between the first month and today; what isn't known begins at the left", () => {
  const { lanes, ticks } = axisOf(spell("slack", "2026-01-01", "2026-01-31"), spell("web", null, null, null));
  const [first, open] = lanes.map(({ bars }) => bars[0]!);
  expect(first).toMatchObject({ left: 0, isOpen: false, isKnown: true });
  expect(first!.width).toBeCloseTo((30 / 90) * 100);
  expect(open).toMatchObject({ left: 0, width: 100, isOpen: true, isKnown: false });
  expect(ticks.map(({ text }) => text)).toEqual(["Jan 2026", "Feb 2026", "Mar 2026"]);
});

test("a twin that was never installed has no lanes", () => {
  expect(axisOf().lanes).toEqual([]);
});
