import { presets, type RangeToken } from "#lib/range.ts";
import type { IconName } from "./Icon.svelte";
import { copy } from "./toast.svelte.ts";
import type { NavPage } from "./SideNav.svelte";

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

/** What the palette knows of the page that it is opened on. */
export type World = {
  keys: boolean;
  places: NavPage[];
  activitiesOf: ((person: string) => string) | null;
  peopleLike: ((text: string) => string) | null;
  rangeHref: ((token: RangeToken) => string) | null;
  organizations: { slug: string; name: string }[];
  current: string;
  openRange(): void;
  /** The page with the days that it shows now, whatever day it is. */
  exact(): string;
  theme(name: "system" | "light" | "dark"): void;
  organization(slug: string): void;
  shortcuts(): void;
  signOut(): void;
};

/** All places, those first that begin with what was typed. */
export function placesOf(world: World, text: string): Entry[] {
  const keys = (...names: string[]) => (world.keys ? names : undefined);
  const all: Entry[] = world.places.map(({ name, href, icon, key, filters }) => ({
    id: href,
    group: filters ? "Go to, with this filter" : "Go to",
    name,
    icon,
    href,
    keys: keys("g", key),
  }));
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
      run: () => copy(new URL(world.exact(), location.href).href, "Link to this exact period copied."),
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
  if (world.peopleLike && wanted.length > 1)
    found.push({
      id: "like",
      group: "People",
      name: `People like “${text}”`,
      icon: "person",
      href: world.peopleLike(text),
    });
  if (world.activitiesOf && wanted.includes("@"))
    found.unshift({
      id: "of",
      group: "People",
      name: `Activities of ${text}`,
      icon: "person",
      href: world.activitiesOf(text),
    });
  return found;
}
