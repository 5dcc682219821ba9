// Focus is never lost to the page's body: where what one was at is removed or disabled, it goes to what is nearest.

const FOCUSABLE = 'button:not(:disabled), a[href], input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex]'
const PLACES = 'dialog, li, article, section, form, [role="group"], main'

/** Where the focus was: an element, and its ancestors with the position of each among its siblings. */
interface Place {
  element: HTMLElement
  above: { element: Element; index: number }[]
}

/** Watch the page from now on. */
export function keepFocus(root: Document = document): void {
  let place: Place | undefined
  let lent: { element: HTMLElement; to: HTMLElement } | undefined // while an element is disabled
  root.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement && target !== root.body) place = placeOf(target)
  })
  // A click beside everything means to leave where one was.
  root.addEventListener('pointerdown', ({ target }) => {
    if (target instanceof Element && !target.closest(FOCUSABLE)) place = undefined
  })
  const watch = new MutationObserver(() => {
    if (lent && root.activeElement === lent.to && lent.element.isConnected && !lent.element.matches(':disabled')) return lent.element.focus({ preventScroll: true })
    if (!place || (root.activeElement && root.activeElement !== root.body)) return
    const [{ element }, to] = [place, successor(place)]
    to?.focus({ preventScroll: true })
    lent = to && to !== element && element.isConnected ? { element, to } : undefined
  })
  watch.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ['disabled', 'hidden'] })
}

function placeOf(element: HTMLElement): Place {
  const above: Place['above'] = []
  for (let one: Element | null = element; one?.parentElement; one = one.parentElement)
    above.push({ element: one, index: [...one.parentElement.children].indexOf(one) })
  return { element, above }
}

/** What takes the focus in place of what had it: the same, once it is enabled again; its next sibling; else what it was in. */
function successor({ element, above }: Place): HTMLElement | undefined {
  if (element.isConnected) return element.matches(':disabled') ? reachable(element.closest<HTMLElement>(PLACES) ?? undefined) : element
  const gone = above.findLastIndex(({ element }) => !element.isConnected)
  const lost = above[gone]!
  const kept = above.slice(gone + 1).find(({ element }) => element.checkVisibility())?.element // a closed dialog takes no focus
  if (!kept) return reachable(document.querySelector<HTMLElement>('main') ?? undefined)
  const alike = [...kept.children].filter((one) => one.tagName === lost.element.tagName && one.matches('li, article'))
  const next = alike[Math.min(lost.index, alike.length - 1)]
  return reachable((next ?? kept.closest(PLACES) ?? document.querySelector('main')) as HTMLElement)
}

function reachable(found: HTMLElement | undefined): HTMLElement | undefined {
  if (found && !found.matches(FOCUSABLE)) found.tabIndex = -1
  return found
}
