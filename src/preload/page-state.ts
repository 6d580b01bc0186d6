import type { PageState } from './channels'

/** Kinds of `<input>` that hold no text of their own. */
const withoutText = new Set([
  'button',
  'checkbox',
  'color',
  'file',
  'hidden',
  'image',
  'radio',
  'range',
  'reset',
  'submit'
])

/** The attribute that the page's root has while there are unsaved changes. */
const MODIFIED = 'data-modified'

/** Report the page's state now and whenever it changes. */
export function observePageState(document: Document, report: (state: PageState) => void): void {
  let last: PageState | null = null
  const update = (): void => {
    const state = stateOf(document)
    const same =
      last !== null &&
      state.editingText === last.editingText &&
      state.textSelected === last.textSelected &&
      state.dark === last.dark &&
      state.modified === last.modified
    if (same) return
    last = state
    report(state)
  }
  for (const event of ['focusin', 'focusout', 'selectionchange']) document.addEventListener(event, update, true)
  new MutationObserver(update).observe(document.documentElement, { attributeFilter: ['class', MODIFIED] })
  update()
}

function stateOf(document: Document): PageState {
  return {
    editingText: holdsText(document.activeElement),
    textSelected: document.getSelection()?.isCollapsed === false,
    dark: document.documentElement.classList.contains('dark'),
    modified: document.documentElement.hasAttribute(MODIFIED)
  }
}

function holdsText(element: Element | null): boolean {
  if (element instanceof HTMLInputElement) return !withoutText.has(element.type)
  return element instanceof HTMLTextAreaElement || (element instanceof HTMLElement && element.isContentEditable)
}
