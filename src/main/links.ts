import { homepage as project } from '../../package.json'

/** Everywhere Lamina may send people, in their own browser. */
export const LINKS = {
  project,
  documentation: `${project}#readme`,
  issues: `${project}/issues`
} as const

/** Whether a link leads to the project's own pages. */
export function isAllowedLink(url: string): boolean {
  return [project, LINKS.documentation].includes(url) || url.startsWith(`${project}/`)
}
