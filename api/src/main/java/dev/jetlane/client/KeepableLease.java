// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import java.util.concurrent.CompletableFuture;

/** A lease as its {@link LeaseKeeper} sees it. */
interface KeepableLease {

  /**
   * Whether the lease can be extended: false while a settlement is in flight, after one, and if its
   * outcome is unknown.
   */
  boolean isOpen();

  /**
   * Whether its end is a loss for the holder: like {@link #isOpen}, but true if the outcome of a
   * settlement is unknown, because another worker may then have the task.
   */
  boolean canBeLost();

  /** The end of the lease, on the clock of the keeper. */
  long leaseEndNanos();

  /** The keeper's state of this lease, created by the first call. */
  KeptLease kept();

  /**
   * Extends the lease, without waiting. The future completes when the extension is confirmed; until
   * then the old end of the lease applies.
   *
   * @param now the moment of the request
   */
  CompletableFuture<?> extendKept(long now);
}
