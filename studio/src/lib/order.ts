// Order of requests: the response to an older one never replaces that to a newer one.

export class RequestOrder {
  #sent = 0
  #shown = 0

  /** Note a request as it is sent. The returned function says, when its response arrives, whether to show it. */
  send(): () => boolean {
    const number = ++this.#sent
    return () => {
      if (number < this.#shown) return false
      this.#shown = number
      return true
    }
  }
}

/** Orders of requests by what they ask about, such as the inputs of a page. */
export class RequestOrders<Key> {
  #orders = new Map<Key, RequestOrder>()

  /** Note a request about `key` as it is sent; as `RequestOrder.send`. */
  send(key: Key): () => boolean {
    const order = this.#orders.get(key) ?? new RequestOrder()
    this.#orders.set(key, order)
    return order.send()
  }
}
