// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Deliveries with one fault each. */
final class BrokenDeliveries {

  /** The newest delivery of each task. */
  private static final Map<String, Delivery> HOLDERS = new ConcurrentHashMap<>();

  private BrokenDeliveries() {}

  /** Headers that only the first delivery has. */
  static Delivery headersLostOnRedelivery(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Map<String, String> headers() {
        return attempt() > 1 ? Map.of() : super.headers();
      }
    };
  }

  /** Attempts that start at zero. */
  static Delivery attemptsFromZero(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public int attempt() {
        return super.attempt() - 1;
      }
    };
  }

  /** A lease that seems twice as long as it is. */
  static Delivery leaseLooksLonger(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Duration leaseRemaining() {
        return super.leaseRemaining().multipliedBy(2);
      }
    };
  }

  /** A lease that seems full until it expires. */
  static Delivery leaseLooksFull(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      private final Duration full = super.leaseRemaining();

      @Override
      public Duration leaseRemaining() {
        return leaseExpired() ? Duration.ZERO : full;
      }
    };
  }

  /** A delivery that does not know of its extension. */
  static Delivery extensionIsNotSeen(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      private @Nullable Duration atExtension;

      @Override
      public boolean extend() {
        atExtension = super.leaseRemaining();
        return super.extend();
      }

      @Override
      public Duration leaseRemaining() {
        return atExtension == null ? super.leaseRemaining() : atExtension;
      }
    };
  }

  /** An extension that always reports success. */
  static Delivery settledIsExtended(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public boolean extend() {
        super.extend();
        return true;
      }
    };
  }

  /** At most two extensions. */
  static Delivery thirdExtensionFails(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      private int extensions;

      @Override
      public boolean extend() {
        return extensions++ < 2 && super.extend();
      }
    };
  }

  /** The stored time increases with each attempt. */
  static Delivery storedWhenDelivered(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Instant storedAt() {
        return super.storedAt().plusSeconds(attempt());
      }
    };
  }

  /** A redelivery without its priority. */
  static Delivery priorityLostOnRedelivery(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public int priority() {
        return attempt() > 1 ? 0 : super.priority();
      }
    };
  }

  /** A second ack that claims to be the first. */
  static Delivery secondSettlementWins(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement ack() {
        Settlement settlement = super.ack();
        return settlement == Settlement.ALREADY_SETTLED ? Settlement.SETTLED : settlement;
      }
    };
  }

  /** A pipelined ack that always counts as late. */
  static Delivery ackAsyncLooksLate(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public CompletableFuture<Settlement> ackAsync() {
        return super.ackAsync()
            .thenApply(s -> s == Settlement.SETTLED ? Settlement.SETTLED_LATE : s);
      }
    };
  }

  /** An ack that always counts as late. */
  static Delivery ackLooksLate(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement ack() {
        Settlement settlement = super.ack();
        return settlement == Settlement.SETTLED ? Settlement.SETTLED_LATE : settlement;
      }
    };
  }

  /** A close without a pause. */
  static Delivery closeNaks(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public void close() {
        if (!leaseExpired()) {
          super.nak();
        }
      }
    };
  }

  /** A release that counts as a failure. */
  static Delivery releaseNaks(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement release() {
        return super.nak();
      }

      @Override
      public CompletableFuture<Settlement> releaseAsync() {
        return super.nakAsync(Duration.ZERO);
      }
    };
  }

  /** A close that leaves the task to its lease. */
  static Delivery closeDoesNothing(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public void close() {
        // Nothing is given back.
      }
    };
  }

  /** A close that fails for a settled delivery. */
  static Delivery closeThrowsWhenSettled(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      private boolean settled;

      @Override
      public Settlement ack() {
        settled = true;
        return super.ack();
      }

      @Override
      public void close() {
        if (settled) {
          throw new IllegalStateException("settled");
        }
        settled = true;
        super.close();
      }
    };
  }

  /** An ack that fails after the end of the lease. */
  static Delivery lateAckIsRefused(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement ack() {
        if (leaseExpired()) {
          throw new LeaseExpiredException("too late", null);
        }
        return super.ack();
      }
    };
  }

  /** A late ack that is reported as one in time. */
  static Delivery lateAckLooksInTime(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement ack() {
        Settlement settlement = super.ack();
        return settlement == Settlement.SETTLED_LATE ? Settlement.SETTLED : settlement;
      }
    };
  }

  /** A late nak that claims to be accepted. */
  static Delivery lateNakIsAccepted(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement nak() {
        return leaseExpired() ? Settlement.SETTLED : super.nak();
      }
    };
  }

  /** A stale nak that gives back the task of its present holder. */
  static Delivery staleNakTakesTheTask(Delivery delivery) {
    HOLDERS.put(delivery.partition() + "/" + delivery.taskId(), delivery);
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement nak() {
        Delivery holder = HOLDERS.get(partition() + "/" + taskId());
        if (leaseExpired() && holder != null && !holder.leaseExpired()) {
          return holder.nak();
        }
        return super.nak();
      }
    };
  }

  /** An extension that is granted after the lease ran out. */
  static Delivery lateExtendIsAccepted(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public boolean extend() {
        return leaseExpired() || super.extend();
      }
    };
  }

  /** A late dead letter that claims to be accepted. */
  static Delivery lateDeadLetterIsAccepted(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement deadLetter(String reason) {
        return leaseExpired() ? Settlement.SETTLED : super.deadLetter(reason);
      }
    };
  }

  /** A close that acks a task that it can no longer give back. */
  static Delivery lateCloseAcks(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public void close() {
        if (leaseExpired()) {
          super.ack();
        } else {
          super.close();
        }
      }
    };
  }

  /** An ack after the close of the queue that claims to have counted. */
  static Delivery closedQueueSettles(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement ack() {
        try {
          return super.ack();
        } catch (QueueClosedException e) {
          return Settlement.SETTLED;
        }
      }
    };
  }

  /** A negative delay that is taken for zero. */
  static Delivery negativeDelayIsZero(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement nak(Duration delay) {
        return super.nak(delay.isNegative() ? Duration.ZERO : delay);
      }
    };
  }

  /** Header names in lower case. */
  static Delivery headerNamesAreLowered(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Map<String, String> headers() {
        Map<String, String> lowered = new HashMap<>();
        super.headers().forEach((k, v) -> lowered.put(k.toLowerCase(Locale.ROOT), v));
        return lowered;
      }
    };
  }

  /** Header values that are converted to ASCII. */
  static Delivery headerValuesAreAscii(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Map<String, String> headers() {
        Map<String, String> ascii = new HashMap<>();
        super.headers().forEach((k, v) -> ascii.put(k, v.replaceAll("[^ -~]", "?")));
        return ascii;
      }
    };
  }

  /** Pipelined acks: every other one is confirmed and not sent. */
  static Delivery everySecondAckIsLost(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public CompletableFuture<Settlement> ackAsync() {
        return taskId().hashCode() % 2 == 0
            ? CompletableFuture.completedFuture(Settlement.SETTLED)
            : super.ackAsync();
      }
    };
  }
}
