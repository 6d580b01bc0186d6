export type DockTab = 'charts' | 'layers' | 'runs' | 'predict' | 'log'

/** Which tab of the dock is open. */
class Dock {
  tab = $state<DockTab>('charts')
}
export const dock = new Dock()
