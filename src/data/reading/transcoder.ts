import { LaminaError } from '../../shared/errors'
import { decoderOf } from './decoders'
import { RowEnder, type RowEnd } from './detect/row-ends'
import type { Encoding } from './encoding'

/** Turns chunks of any supported encoding into UTF-8, and the ends of their rows into line ends. */
export class Transcoder {
  private readonly rowEnder: RowEnder | null

  constructor(
    private readonly encoding: Encoding,
    private readonly fileName: string,
    rowEnd: RowEnd | null,
    private readonly decoder = decoderOf(encoding)
  ) {
    this.rowEnder = rowEnd === null ? null : new RowEnder(rowEnd)
  }

  push(chunk: Uint8Array): Buffer {
    return this.decode(() => this.decoder.push(chunk))
  }

  end(): Buffer {
    return this.decode(() => this.decoder.end())
  }

  private decode(step: () => string): Buffer {
    try {
      const text = step()
      return Buffer.from(this.rowEnder?.push(text) ?? text, 'utf8')
    } catch (error) {
      throw new LaminaError(
        'invalidData',
        `"${this.fileName}" is not valid ${this.encoding.toUpperCase()} text. Choose another encoding, or save the file as UTF-8.`,
        { file: this.fileName, encoding: this.encoding },
        error
      )
    }
  }
}
