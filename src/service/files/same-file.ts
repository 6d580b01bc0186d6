import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'

/**
 * Whether two paths lead to one file: by a link, by a second name, or by letters that differ only in case where the
 * system does not care. Paths without a file are the same only when they read the same.
 */
export async function sameFile(one: string, other: string): Promise<boolean> {
  if (resolve(one) === resolve(other)) return true
  const [a, b] = await Promise.all([identityOf(one), identityOf(other)])
  return a !== null && a === b
}

async function identityOf(path: string): Promise<string | null> {
  return stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => null
  )
}
