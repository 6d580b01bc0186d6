/** How many different layer colours the tokens `--layer-0` … define, in light and in dark. */
export const LAYER_COLOURS = 8

/**
 * The CSS colour of a dense layer, by its place among the dense layers (from 0): the same in charts, tables and on
 * the canvas. Beyond `LAYER_COLOURS` colours repeat; charts then tell layers apart by `layerDash` as well.
 */
export function layerColour(index: number): string {
  return `var(${layerToken(index)})`
}

/** The custom property behind `layerColour`, for what cannot take `var()`: a canvas. */
export function layerToken(index: number): `--layer-${number}` {
  return `--layer-${index % LAYER_COLOURS}`
}

/** Line dash of a layer, in pixels: solid for the first round of colours. */
export function layerDash(index: number): readonly number[] {
  const rounds: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3]]
  return rounds[Math.floor(index / LAYER_COLOURS) % rounds.length] ?? []
}
