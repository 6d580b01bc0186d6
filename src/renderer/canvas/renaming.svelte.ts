/** Which block is being renamed in place. */
class Renaming {
  block = $state<string | null>(null)

  start(id: string): void {
    this.block = id
  }
  end(): void {
    this.block = null
  }
}

export const renaming = new Renaming()
