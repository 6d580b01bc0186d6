import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  nativeTheme,
  protocol,
  screen,
  session,
  shell,
  utilityProcess
} from 'electron'
import { Application } from './application'

process.setSourceMapsEnabled(true)
app.setName('Lamina')
app.setAppUserModelId('app.lamina.designer')

const electron = {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  nativeTheme,
  protocol,
  screen,
  session,
  shell,
  utilityProcess
}
new Application(electron).start()
