// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Settlement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** Lease keepers, and signals of a lost lease, with one fault each. */
final class BrokenKeepers {

  private BrokenKeepers() {}

  /** Leases that are not kept. */
  static Partition keepsNothing(Partition partition) {
    return with(partition, options -> options.withKeepFor(Duration.ZERO));
  }

  /** Only the leases of prefetched tasks are not kept. */
  static Partition forgetsTheBuffer(Partition partition) {
    return with(
        partition,
        options -> options.prefetch() > 0 ? options.withKeepFor(Duration.ZERO) : options);
  }

  /** Leases that are kept forever. */
  static Partition ignoresTheMaximum(Partition partition) {
    return with(
        partition,
        options -> options.keepFor().isZero() ? options : options.withKeepFor(Duration.ofDays(1)));
  }

  /** A step of the lease keeping that is corrected instead of refused. */
  static Partition mendsTheStep(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Puller puller(PullOptions options) {
        try {
          return super.puller(options);
        } catch (InvalidInputException e) {
          return super.puller(PullOptions.defaults().withKeepFor(options.keepFor()));
        }
      }
    };
  }

  /** A puller whose close does not reach the queue, so that its leases are kept. */
  static Puller closedIsKept(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public void close() {}
    };
  }

  /** A loss that is not reported. */
  static Delivery lossIsSilent(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public CompletionStage<Void> whenLeaseLost() {
        return new CompletableFuture<>();
      }
    };
  }

  /** The leases of settled deliveries are reported as lost when they expire. */
  static Delivery settledIsLost(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      private boolean settled;

      @Override
      public Settlement ack() {
        settled = true;
        return super.ack();
      }

      @Override
      public CompletionStage<Void> whenLeaseLost() {
        return settled && leaseExpired()
            ? CompletableFuture.completedFuture(null)
            : super.whenLeaseLost();
      }
    };
  }

  /** After an extension no loss is noticed. */
  static Delivery extendedIsNeverLost(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      private final CompletableFuture<Void> lost = new CompletableFuture<>();
      private boolean extended;

      @Override
      public boolean extend() {
        extended = true;
        return super.extend();
      }

      @Override
      public CompletionStage<Void> whenLeaseLost() {
        var unused =
            super.whenLeaseLost()
                .thenRun(
                    () -> {
                      if (!extended) {
                        lost.complete(null);
                      }
                    });
        return lost;
      }
    };
  }

  /** Every request for the loss completes. */
  static Delivery isAlwaysLost(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public CompletionStage<Void> whenLeaseLost() {
        return CompletableFuture.completedFuture(null);
      }
    };
  }

  /** A close of the queue reports the leases of its deliveries as lost. */
  static Delivery closedIsLost(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public CompletionStage<Void> whenLeaseLost() {
        return isClosed() ? CompletableFuture.completedFuture(null) : super.whenLeaseLost();
      }

      private boolean isClosed() {
        try {
          extend();
          return false;
        } catch (QueueClosedException e) {
          return true;
        }
      }
    };
  }

  /** A loss that is reported only to callers that asked before. */
  static Delivery lateAskersHearNothing(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public CompletionStage<Void> whenLeaseLost() {
        return leaseExpired() ? new CompletableFuture<>() : super.whenLeaseLost();
      }
    };
  }

  private static Partition with(Partition partition, UnaryOperator<PullOptions> change) {
    return new DelegatingPartition(partition) {
      @Override
      public Puller puller(PullOptions options) {
        return super.puller(change.apply(options));
      }
    };
  }
}
