// Where in the studio we are: / for home, /APPLICATION/TAB for the rest; links work like any others.

function here(): string[] {
  return location.pathname.split('/').filter(Boolean).map(decodeURIComponent)
}

export const route = $state({ parts: here() })

export function go(path: string): void {
  history.pushState(null, '', path)
  arrive()
}

function arrive(): void {
  const before = String(route.parts)
  route.parts = here()
  if (String(route.parts) !== before) scrollTo(0, 0)
}

addEventListener('popstate', arrive)

/** Follow a click on a link within the studio without reloading the page. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest?.('a')
  if (!link || event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  if (link.origin !== location.origin || link.target || link.hasAttribute('download')) return
  if (link.pathname.startsWith('/v1/') || (link.hash && link.pathname === location.pathname)) return
  event.preventDefault()
  go(link.pathname + link.search)
}
