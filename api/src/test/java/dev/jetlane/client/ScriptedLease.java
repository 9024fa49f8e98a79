// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.Urgency;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records the actions, and answers as scripted: immediately, with a failure, or later. */
final class ScriptedLease implements Lease {

  final List<String> sent;
  private final StandingClock clock;
  private final long endNanos;

  /** The error of every exchange; null for a confirmation. */
  @Nullable TaskQueueException failure;

  byte[] payload = new byte[0];
  int attempt = 3;
  @Nullable Instant deadline;

  /** Whether exchanges wait for {@link #answer}. */
  boolean silent;

  private @Nullable DriverFuture<Settlement> open;

  /** All exchanges that waited for an answer, in their order. */
  final List<DriverFuture<Settlement>> exchanges = new ArrayList<>();

  private Settlement result = Settlement.SETTLED;

  ScriptedLease(StandingClock clock, Duration lease) {
    this(clock, lease, new ArrayList<>());
  }

  ScriptedLease(StandingClock clock, Duration lease, List<String> sent) {
    this.clock = clock;
    this.sent = sent;
    endNanos = clock.nanoTime() + lease.toNanos();
  }

  /** Ends the last waiting exchange. */
  void answer(@Nullable TaskQueueException error) {
    DriverFuture<Settlement> exchange = open;
    if (exchange == null) {
      throw new AssertionError("nothing waits for an answer");
    }
    if (error == null) {
      exchange.succeed(result);
    } else {
      exchange.fail(error);
    }
  }

  @Override
  public DriverFuture<Settlement> start(
      LeaseAction action,
      Completion<? super Settlement> completion,
      Urgency urgency,
      long deadlineNanos) {
    sent.add(name(action, urgency));
    if (failure != null) {
      return DriverFuture.failed(completion, failure);
    }
    if (!silent) {
      return DriverFuture.done(completion, action.result());
    }
    result = action.result();
    DriverFuture<Settlement> exchange = new DriverFuture<>(completion);
    open = exchange;
    exchanges.add(exchange);
    return exchange;
  }

  private String name(LeaseAction action, Urgency urgency) {
    if (action instanceof LeaseAction.Nak nak) {
      return "nak " + nak.delay();
    }
    if (action instanceof LeaseAction.MoveToDeadLetters move) {
      return "deadLetter " + move.reason();
    }
    if (action instanceof LeaseAction.Extend) {
      Duration at = Duration.ofNanos(clock.nanoTime() - clock.startNanos());
      return urgency == Urgency.AWAITED ? "extend" : "kept at " + at;
    }
    return action instanceof LeaseAction.PutBack ? "putBack" : "ack";
  }

  @Override
  public String taskId() {
    return "task-7";
  }

  @Override
  public byte[] payload() {
    return payload;
  }

  @Override
  public Map<String, String> headers() {
    return Map.of();
  }

  @Override
  public int attempt() {
    return attempt;
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Instant storedAt() {
    return Instant.EPOCH;
  }

  @Override
  public @Nullable Instant deadline() {
    return deadline;
  }

  @Override
  public long endNanos() {
    return endNanos;
  }
}
