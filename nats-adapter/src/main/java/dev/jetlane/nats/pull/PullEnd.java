// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

/** The end of a pull request. */
enum PullEnd {
  /** It brought all requested tasks. */
  FILLED,
  /**
   * It brought the available tasks, possibly none, and the server reported that there are no more.
   */
  OVER,
  /** Other pullers have requested more tasks than there are. */
  BUSY,
  /** It brought some tasks and then no answer. It was withdrawn. */
  STALLED,
  /** It brought no answer. It was withdrawn. */
  SILENT,
  /** The server is between two states; another request can succeed. */
  AGAIN,
  /** The connection was cut. */
  LOST
}
