import { presets, type RangeToken } from "#lib/range.ts";
import type { IconName } from "./Icon.svelte";

/** One line of the palette: a place to go, or something small to do. */
export type Entry = {
  id: string;
  group: string;
  name: string;
  note?: string;
  icon: IconName;
  keys?: string[];
  href?: string;
  run?: () => void;
};

type World = {
  keys: boolean;
  overview: string;
  activities: string;
  retention: string;
  features: string;
  twins: string;
  activitiesOf(person: string): string;
  rangeHref: ((token: RangeToken) => string) | null;
  organizations: { slug: string; name: string }[];
  current: string;
  openRange(): void;
  copyExact(): void;
  theme(name: "system" | "light" | "dark"): void;
  organization(slug: string): void;
  shortcuts(): void;
  signOut(): void;
};

/** All places, those first that begin with what was typed. */
export function placesOf(world: World, text: string): Entry[] {
  const keys = (...names: string[]) => (world.keys ? names : undefined);
  const all: Entry[] = [
    {
      id: "overview",
      group: "Go to, with this filter",
      name: "Overview",
      icon: "overview",
      href: world.overview,
      keys: keys("g", "o"),
    },
    {
      id: "activities",
      group: "Go to, with this filter",
      name: "Activities",
      icon: "activities",
      href: world.activities,
      keys: keys("g", "a"),
    },
    {
      id: "retention",
      group: "Go to, with these days",
      name: "Retention",
      icon: "retention",
      href: world.retention,
      keys: keys("g", "r"),
    },
    {
      id: "features",
      group: "Go to, with these days",
      name: "Features",
      icon: "features",
      href: world.features,
      keys: keys("g", "f"),
    },
    {
      id: "twins",
      group: "Go to, with these days",
      name: "Twins",
      icon: "twins",
      href: world.twins,
      keys: keys("g", "t"),
    },
  ];
  if (world.rangeHref) {
    for (const { token, key, name } of presets)
      all.push({
        id: token,
        group: "Range",
        name,
        icon: "calendar",
        href: world.rangeHref(token),
        keys: keys(key.toUpperCase()),
      });
    all.push({
      id: "range",
      group: "Range",
      name: "Choose days…",
      icon: "calendar",
      run: world.openRange,
      keys: keys("C"),
    });
    all.push({
      id: "exact",
      group: "Range",
      name: "Copy link to this exact period",
      icon: "link",
      run: world.copyExact,
    });
  }
  for (const { slug, name } of world.organizations)
    if (slug !== world.current)
      all.push({
        id: `org-${slug}`,
        group: "Organisation",
        name,
        note: slug,
        icon: "shared",
        run: () => world.organization(slug),
      });
  for (const theme of ["system", "light", "dark"] as const)
    all.push({ id: theme, group: "Do", name: `Theme: ${theme}`, icon: "eye", run: () => world.theme(theme) });
  all.push({
    id: "shortcuts",
    group: "Do",
    name: "Keyboard shortcuts",
    icon: "command",
    run: world.shortcuts,
    keys: keys("?"),
  });
  all.push({ id: "sign-out", group: "Do", name: "Sign out", icon: "person", run: world.signOut });

  const wanted = text.toLowerCase();
  const found = wanted
    ? all.filter((entry) => `${entry.name} ${entry.note ?? ""}`.toLowerCase().includes(wanted))
    : all;
  if (wanted.includes("@"))
    found.unshift({
      id: "of",
      group: "People",
      name: `Activities of ${text}`,
      icon: "person",
      href: world.activitiesOf(text),
    });
  return found;
}
