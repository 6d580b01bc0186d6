/** The wire under the pointer. */
class Hovering {
  wire = $state<string | null>(null)
  #leaving = 0

  enter(id: string): void {
    window.clearTimeout(this.#leaving)
    this.wire = id
  }
  /** Its ends lie beside the wire: give the pointer a moment to reach them. */
  leave(): void {
    window.clearTimeout(this.#leaving)
    this.#leaving = window.setTimeout(() => (this.wire = null), 400)
  }
}

export const hovering = new Hovering()
