import type { ColourToken } from './trace'

/** Colours and fonts of a chart as its canvas needs them. */
export interface ChartTheme {
  readonly text: string
  readonly textDim: string
  readonly grid: string
  readonly border: string
  readonly surface: string
  /** For numbers on the axes. */
  readonly font: string
  readonly fontUi: string
  colour(token: ColourToken): string
}

/** Read the theme's tokens as they apply to an element. */
export function themeOf(element: Element): ChartTheme {
  const style = getComputedStyle(element)
  const token = (name: ColourToken): string => style.getPropertyValue(name).trim()
  const colours = new Map<ColourToken, string>()
  return {
    text: token('--text'),
    textDim: token('--text-dim'),
    grid: token('--surface-3'),
    border: token('--border'),
    surface: token('--surface-1'),
    font: token('--font-mono'),
    fontUi: token('--font-ui'),
    colour(name) {
      const known = colours.get(name)
      if (known !== undefined) return known
      const value = token(name)
      colours.set(name, value)
      return value
    }
  }
}

/** Hear of every switch between light and dark. @returns a function that stops listening */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class', 'style', 'data-theme'] })
  return () => observer.disconnect()
}
