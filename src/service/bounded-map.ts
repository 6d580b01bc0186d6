/** A map that forgets what was used longest ago once it is full. */
export class BoundedMap<K, V> {
  private readonly entries = new Map<K, V>()

  constructor(private readonly capacity: number) {}

  get(key: K): V | undefined {
    const value = this.entries.get(key)
    if (value === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, value)
    return value
  }
  set(key: K, value: V): void {
    this.entries.delete(key)
    this.entries.set(key, value)
    if (this.entries.size <= this.capacity) return
    const [oldest] = this.entries.keys()
    if (oldest !== undefined) this.entries.delete(oldest)
  }
  delete(key: K): boolean {
    return this.entries.delete(key)
  }
  values(): IterableIterator<V> {
    return this.entries.values()
  }
  get size(): number {
    return this.entries.size
  }
}
