import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { BRIDGE_NAME, PORT_MESSAGE, type LaminaBridge } from './bridge'
import { channels, type GrantOutcome, type PageState } from './channels'
import { observePageState } from './page-state'

const bridge: LaminaBridge = {
  requestPort: () => ipcRenderer.send(channels.requestPort),
  async grantDropped(file) {
    const path = webUtils.getPathForFile(file)
    if (path === '') throw new Error(`${file.name} is not a file of this computer. Save it first, then drop it here.`)
    const outcome = (await ipcRenderer.invoke(channels.grantDropped, path)) as GrantOutcome
    if (outcome.ok) return outcome.file
    throw new Error(outcome.message)
  }
}
contextBridge.exposeInMainWorld(BRIDGE_NAME, bridge)

// The target may be any origin: it is this window itself, which main keeps on Lamina's own page.
ipcRenderer.on(channels.port, (event) => window.postMessage(PORT_MESSAGE, '*', [...event.ports]))

window.addEventListener('DOMContentLoaded', () => {
  observePageState(document, (state: PageState) => ipcRenderer.send(channels.pageState, state))
})
