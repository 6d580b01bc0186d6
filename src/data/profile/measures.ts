/** Rows of one category: how many, and mean and population variance of the numbers beside them. */
export interface Group {
  readonly count: number
  readonly mean: number
  readonly variance: number
}

/**
 * The correlation ratio η of categories and numbers, 0 … 1: η² = Σ n_g (ȳ_g − ȳ)² / Σ (y − ȳ)², the share of the
 * variance that lies between the categories (Pearson, "On the general theory of skew correlation and non-linear
 * regression", 1905).
 * @param groups one for each category
 * @returns null when the numbers or the categories do not vary
 */
export function correlationRatio(groups: readonly Group[]): number | null {
  const filled = groups.filter(({ count }) => count > 0)
  if (filled.length < 2) return null
  const rows = filled.reduce((sum, { count }) => sum + count, 0)
  const mean = filled.reduce((sum, group) => sum + (group.count / rows) * group.mean, 0)
  const between = filled.reduce((sum, group) => sum + group.count * (group.mean - mean) ** 2, 0)
  const within = filled.reduce((sum, group) => sum + group.count * group.variance, 0)
  return between + within > 0 ? Math.sqrt(between / (between + within)) : null
}

/** A contingency table of r × c categories, n_ij rows in each cell. */
export interface Contingency {
  /** n = Σ n_ij */
  readonly count: number
  /** r, those with at least one row */
  readonly rows: number
  /** c, likewise */
  readonly columns: number
  /** φ² = χ²/n = Σ n_ij² / (n_i· n_·j) − 1 */
  readonly phiSquared: number
}

/**
 * Cramér's V of two sets of categories, corrected for its bias (Bergsma, "A bias-correction for Cramér's V and
 * Tschuprow's T", 2013): φ̃² = max(0, φ² − (r − 1)(c − 1)/(n − 1)), r̃ = r − (r − 1)²/(n − 1), c̃ likewise, and
 * Ṽ = √(φ̃² / (min(r̃, c̃) − 1)), 0 … 1. Without the correction, many categories on few rows look related by chance.
 * @returns null when one of the two does not vary, or there are too few rows for so many categories
 */
export function cramersV({ count, rows, columns, phiSquared }: Contingency): number | null {
  if (rows < 2 || columns < 2) return null
  const corrected = Math.max(0, phiSquared - ((rows - 1) * (columns - 1)) / (count - 1))
  const fewer = Math.min(rows - (rows - 1) ** 2 / (count - 1), columns - (columns - 1) ** 2 / (count - 1)) - 1
  // Zero but for rounding where every row is a category of its own: then nothing can be said.
  if (fewer <= 1e-9) return null
  return Math.min(1, Math.sqrt(corrected / fewer))
}
