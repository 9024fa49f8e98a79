package dev.jetlane.client;

import java.util.concurrent.CompletableFuture;

/** A lease as its {@link LeaseKeeper} sees it. */
interface KeepableLease {

  /** Whether it is neither settled, nor being settled, nor may be settled. */
  boolean isOpen();

  /** When it ends, on the clock of the keeper. */
  long leaseEndNanos();

  /** What the keeper knows of this lease; made by the first call. */
  KeptLease kept();

  /**
   * Extends the lease, without waiting. Completes on the confirmation, and the lease is the longer
   * one from then on.
   *
   * @param now the moment of the request
   */
  CompletableFuture<?> extendKept(long now);
}
