export type Box = { left: number; top: number };
export type Mark = { x: number; y: number };

/**
 * Where a tooltip stands that hides least of what is drawn: left or right of the point, high or low; on equal terms high,
 * and on the side with more room.
 */
export function placeTooltip(
  x: number,
  marks: Mark[],
  area: { width: number; height: number },
  size: { width: number; height: number },
): Box {
  const gap = 12;
  const places: (Box & { cost: number })[] = [];
  for (const left of [x + gap, x - gap - size.width])
    for (const top of [0, area.height - size.height]) {
      const outside = Math.max(0, -left) + Math.max(0, left + size.width - area.width);
      const hidden = marks.filter(
        (mark) =>
          mark.x > left - 4 && mark.x < left + size.width + 4 && mark.y > top - 4 && mark.y < top + size.height + 4,
      ).length;
      const room = left > x ? area.width - x : x;
      places.push({ left, top, cost: outside * 100 + hidden + (top > 0 ? 0.3 : 0) - room / area.width / 2 });
    }
  const { left, top } = places.reduce((best, place) => (place.cost < best.cost ? place : best));
  return { left: Math.max(0, Math.min(left, area.width - size.width)), top };
}
