/** ggwave's start marker: sixteen tones at once, each the higher or the lower of a pair, for sixteen blocks. No data and no end marker has them all. */

/** Tones lie this far apart, one to a bin of a block; the marker begins at the protocol's first (ggwave 0.4, `freqStart` of the audible ones). */
const firstBin = 40;
const bits = 16;
/** How much the right tone of a pair outweighs the wrong one; ggwave's own threshold. */
const clearly = 3;

/** Whether a block of `blockSamples` lies in a start marker. */
export function marksStart(block: Int16Array): boolean {
  for (let bit = 0; bit < bits; bit++) {
    const odd = bit % 2;
    const pair = firstBin + 2 * bit;
    if (!(power(block, pair + odd) > clearly * power(block, pair + 1 - odd))) return false;
  }
  return true;
}

/** The energy at one bin (Goertzel). */
function power(block: Int16Array, bin: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * bin) / block.length);
  let [last, before] = [0, 0];
  for (const sample of block) [last, before] = [sample + coefficient * last - before, last];
  return last * last + before * before - coefficient * last * before;
}
