import { expect, test } from 'vitest'
import { RequestOrder, RequestOrders } from './order'

/** Send requests whose responses arrive in the order given; what is shown after each. */
async function show(arrivals: number[], order = new RequestOrder()): Promise<(number | undefined)[]> {
  let shown: number | undefined
  const arrive: (() => void)[] = []
  const requests = arrivals.map(async (_, at) => {
    const isNewest = order.send()
    await new Promise<void>((done) => arrive.push(done))
    if (isNewest()) shown = at
  })
  const states = []
  for (const at of arrivals) {
    arrive[at]!()
    await requests[at]
    states.push(shown)
  }
  return states
}

test('an older response does not replace a newer one, in any order of arrival', async () => {
  expect(await show([0, 1, 2])).toEqual([0, 1, 2])
  expect(await show([1, 0])).toEqual([1, 1])
  expect(await show([2, 0, 1])).toEqual([2, 2, 2])
  expect(await show([0, 2, 1])).toEqual([0, 2, 2])
})

test('a slow service that is polled is shown as its responses arrive, though newer requests wait', () => {
  const order = new RequestOrder()
  const [first, second] = [order.send(), order.send()]
  order.send()
  expect([first(), second(), second()]).toEqual([true, true, true])
})

test('requests about one input do not hold up those about another', () => {
  const orders = new RequestOrders<string>()
  const [old, other] = [orders.send('a'), orders.send('b')]
  expect(orders.send('a')()).toBe(true)
  expect([old(), other()]).toEqual([false, true])
})
