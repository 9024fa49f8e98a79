package dev.jetlane.nats.pull;

/** How one pull request ended. */
enum PullEnd {
  /** It brought all that it asked for. */
  FILLED,
  /** It brought what there was, or nothing, and the server said that there is no more. */
  OVER,
  /** Other pullers have asked for more than there is. */
  BUSY,
  /** It brought something and then nothing, not even its end. It was taken back. */
  STALLED,
  /** No answer at all. It was taken back. */
  SILENT,
  /** The server is busy with itself; worth another request. */
  AGAIN,
  /** The connection was cut. */
  LOST
}
