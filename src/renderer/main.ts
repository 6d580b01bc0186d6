// First of all: see there.
import '../shared/zod-without-eval'
import '@fontsource-variable/inter'
import '@fontsource-variable/jetbrains-mono'
import '@xyflow/svelte/dist/base.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import { mount } from 'svelte'
import App from './App.svelte'
import { dataset } from './state/dataset.svelte'
import { notices } from './state/notices.svelte'
import { session } from './state/session.svelte'

const target = document.getElementById('app')
if (target === null) throw new Error('The page has no #app element to draw in.')

// A defect should be seen, not only logged: people report what they see.
window.addEventListener('unhandledrejection', (event) => notices.error(event.reason))

dataset.listen()
mount(App, { target })
session.connect().catch((error: unknown) => notices.error(error))
