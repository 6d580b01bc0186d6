import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  nativeTheme,
  powerSaveBlocker,
  protocol,
  screen,
  session,
  shell,
  utilityProcess
} from 'electron'
import { Application } from './application'

process.setSourceMapsEnabled(true)
app.setAppUserModelId('app.lamina.designer')

const electron = {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  nativeTheme,
  powerSaveBlocker,
  protocol,
  screen,
  session,
  shell,
  utilityProcess
}
try {
  new Application(electron).start()
} catch (error) {
  // Where not even a log can be had. Before the system is ready the box is a line on the terminal on Linux.
  dialog.showErrorBox('Lamina cannot start', error instanceof Error ? (error.stack ?? error.message) : String(error))
  app.exit(1)
}
