// Whether images move by themselves: not where the system asks for reduced motion, nor where the visitor stopped them here.

const still = matchMedia('(prefers-reduced-motion: reduce)')

export const motion = $state({ on: !still.matches && localStorage.getItem('motion') !== 'off' })

still.addEventListener('change', () => (motion.on = !still.matches))

export function setMotion(on: boolean): void {
  motion.on = on
  localStorage.setItem('motion', on ? 'on' : 'off')
}
