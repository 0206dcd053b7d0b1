import type { Page } from "playwright-core";

/** The widths that every page is looked at, from a small phone to a wide window. */
export const widths = [320, 375, 768, 820, 1024, 1180, 1280, 1440] as const;

/**
 * What a width does to a page: it is wider than the window, something scrolls sideways without saying so, a text lies over
 * another, sticks out of the window, or is cut without "…". One line each.
 */
export async function misfits(page: Page, width: number): Promise<string[]> {
  await page.setViewportSize({ width, height: 900 });
  // Charts follow their frame a frame later.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.waitForTimeout(60);
  const found = await page.evaluate(look);
  return found.map((one) => `at ${width} px: ${one}`);
}

function look(): string[] {
  const found = new Set<string>();
  const sticksOut = document.documentElement.scrollWidth - window.innerWidth;
  if (sticksOut > 0) found.add(`the page is ${sticksOut} px wider than its window`);

  const scrollsIn = (style: CSSStyleDeclaration, axis: "overflowX" | "overflowY") =>
    style[axis] === "auto" || style[axis] === "scroll";
  for (const element of document.querySelectorAll<HTMLElement>("body *")) {
    const isTold = element.role === "region" && element.ariaLabel;
    if (element.scrollWidth > element.clientWidth + 1 && !isTold && scrollsIn(getComputedStyle(element), "overflowX"))
      found.add(`${element.tagName} ${element.className} scrolls sideways and doesn't say so`);
  }

  type Box = { left: number; top: number; right: number; bottom: number; node: Text; layer: Element | null };
  const boxes: Box[] = [];
  // What lies over the page on purpose is compared only with itself.
  const layerOf = (node: Text) => {
    for (let at = node.parentElement; at; at = at.parentElement)
      if (/fixed|sticky/.test(getComputedStyle(at).position)) return at;
    return null;
  };
  const named = (node: Text) => `"${node.data.trim().slice(0, 40)}"`;
  const open = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  const walk = document.createTreeWalker(open, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode() as Text | null; node; node = walk.nextNode() as Text | null) {
    const parent = node.parentElement!;
    if (!node.data.trim() || parent.closest("script, style, noscript, title, option, .sr")) continue;
    if (!parent.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }))
      continue;
    const layer = layerOf(node);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const drawn of range.getClientRects()) {
      const box: Box = { left: drawn.left, top: drawn.top, right: drawn.right, bottom: drawn.bottom, node, layer };
      let scrolls = false;
      for (let at: Element | null = parent; at && at !== document.documentElement; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.display === "inline") continue;
        const frame = at.getBoundingClientRect();
        if (style.overflowX !== "visible") {
          if (box.right > frame.right + 1 || box.left < frame.left - 1) {
            if (scrollsIn(style, "overflowX")) scrolls = true;
            else if (style.textOverflow !== "ellipsis") found.add(`${named(node)} is cut`);
          }
          box.left = Math.max(box.left, frame.left);
          box.right = Math.min(box.right, frame.right);
        }
        if (style.overflowY !== "visible") {
          box.top = Math.max(box.top, frame.top);
          box.bottom = Math.min(box.bottom, frame.bottom);
        }
      }
      if (box.right - box.left < 2 || box.bottom - box.top < 2) continue;
      if (box.right > window.innerWidth + 1 && !scrolls) found.add(`${named(node)} sticks out`);
      boxes.push(box);
    }
  }

  // Lines of type may touch; they may not lie over each other.
  const touch = 2.5;
  boxes.sort((one, other) => one.top - other.top);
  boxes.forEach((one, index) => {
    for (let next = index + 1; next < boxes.length && boxes[next]!.top < one.bottom - touch; next++) {
      const other = boxes[next]!;
      if (one.node.parentElement === other.node.parentElement || one.layer !== other.layer) continue;
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (across > 1 && down > touch) found.add(`${named(one.node)} lies over ${named(other.node)}`);
    }
  });
  return [...found];
}
