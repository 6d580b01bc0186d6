/**
 * What the page and the browser host agree on beside the contract. The session is a cookie that scripts cannot read,
 * so the page sends nothing itself: same-origin requests and the WebSocket handshake carry it.
 */
export const webPaths = {
  /** WebSocket: every text frame is one JSON message of the RPC layer. */
  socket: '/socket',
  /**
   * `POST /upload?name=<file name>&purpose=<design|dataset|weights>&group=<letters and digits>`, the body is the file.
   * Files of one drop or one choice share a `group`, so that a design finds its table beside it; `purpose` follows
   * from the name when absent. Answers a `FileRef`, or an `ErrorData` with a status of 400 or above.
   */
  upload: '/upload',
  /** `GET /download/<id>`: a file the service saved, as `SavedFile.download` names it. */
  download: '/download/'
} as const
