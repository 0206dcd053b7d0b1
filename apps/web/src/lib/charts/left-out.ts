// What stands in the build in the place of packages that LayerChart loads and none of our charts uses: maps, paths that change
// their shape slowly, scales of dates (ours are of indexes), and classes of Tailwind that exclude each other. `leftOut` in
// vite.config.ts puts it there; a name that LayerChart needs besides fails the build.

const missing = (what: string) => (): never => {
  throw new Error(`${what} is left out of the build, because no chart used it: see leftOut in vite.config.ts`);
};

/** Of `d3-geo`: lines on a map. */
export const geoPath = missing("d3-geo");

/** Of `d3-interpolate-path`: lines that move. */
export const interpolatePath = missing("d3-interpolate-path");

const dates = missing("d3-time-format");
/** Of `d3-time-format`: dates as values, which we write ourselves. */
export { dates as timeFormat, dates as timeParse, dates as utcFormat };

/** Of `tailwind-merge`: without Tailwind no class excludes another. */
export const extendTailwindMerge = () => (classes: string) => classes;
