/** Which of the allowed names was probably meant? */

/** The allowed word nearest to `given`, or undefined when none is near: at most a third of its letters may differ. */
export function nearest(given: string, allowed: readonly string[]): string | undefined {
  const near = allowed
    .map((word) => ({ word, distance: distance(given.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, distance }) => distance <= Math.max(2, Math.floor(word.length / 3)) && distance < word.length)
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.word;
}

/** Levenshtein distance: the fewest letters to insert, delete or replace. */
function distance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = above[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      line.push(Math.min(replaced, above[column]! + 1, line[column - 1]! + 1));
    }
    above = line;
  }
  return above[to.length]!;
}
