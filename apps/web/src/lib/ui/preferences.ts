export type Theme = "system" | "light" | "dark";

const remember = (name: string, value: string | null) => {
  document.cookie = `${name}=${value ?? ""}; path=/; samesite=lax; max-age=${value === null ? 0 : 31_536_000}`;
};

/** Shows the theme at once; the cookie lets the server set it before the first paint of the next page. */
export function chooseTheme(theme: Theme): void {
  remember("theme", theme === "system" ? null : theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Single keys can be turned off (WCAG 2.1.4); what needs a modifier stays. */
export const chooseKeys = (on: boolean): void => remember("keys", on ? null : "off");
