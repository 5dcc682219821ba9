// What is done for every image the screen shows.

/** Calls back with the seconds since the last image, until stopped; not while the page is hidden. */
export function everyFrame(work: (seconds: number) => void): () => void {
  let last = performance.now()
  let asked = requestAnimationFrame(function next(now) {
    work(Math.max(0, Math.min(0.25, (now - last) / 1000)))
    last = now
    asked = requestAnimationFrame(next)
  })
  return () => cancelAnimationFrame(asked)
}

/** Tells whether an element can be seen, first and whenever that changes, until stopped. */
export function watchVisibility(element: Element, tell: (seen: boolean) => void): () => void {
  const watching = new IntersectionObserver((changes) => tell(changes.at(-1)!.isIntersecting))
  watching.observe(element)
  return () => watching.disconnect()
}
