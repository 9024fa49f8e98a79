// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.PullOptions;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.harness.ServerFault;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The record of a run of a plan: each operation with the harness's clock before and after it, and
 * its result. It is plain data, and the only input of the oracle.
 *
 * @param plan the plan
 * @param config the settings in nanoseconds
 * @param toleranceNanos the maximum lateness of the queue
 * @param events in the order in which they happened, the final drain included
 */
public record History(Plan plan, Config config, long toleranceNanos, List<Event> events) {

  /**
   * The settings in nanoseconds.
   *
   * @param pulling how a puller works unless a step says otherwise
   */
  public record Config(long leaseNanos, long dedupNanos, long tickNanos, PullOptions pulling) {
    public static Config of(Settings settings, Duration tick, PullOptions pulling) {
      return new Config(
          tick.toNanos() * settings.leaseTicks(),
          tick.toNanos() * settings.dedupTicks(),
          tick.toNanos(),
          pulling);
    }
  }

  /** An event that coincided with an operation. */
  public sealed interface Met {}

  /**
   * The thread was interrupted.
   *
   * @param kept whether the interrupt flag was still set afterwards
   * @param first the outcome before the operation was repeated; null if it was not repeated
   */
  public record Interrupt(boolean kept, @Nullable Outcome first) implements Met {}

  /** The client of the call was closed during the call. */
  public record Close(int client) implements Met {}

  /**
   * Another client made the same call at the same time, with this outcome. If one of the two calls
   * succeeded, its outcome is the outcome of the operation.
   */
  public record Twin(Outcome other) implements Met {}

  /**
   * The whole server had a fault.
   *
   * @param first the outcome during the fault, before the operation was repeated; null if it was
   *     not repeated
   * @param call the time of the call during the fault
   * @param limitNanos the maximum duration of that call
   */
  public record Outage(ServerFault fault, @Nullable Outcome first, Span call, long limitNanos)
      implements Met {}

  /**
   * The client lost its connection during a call, without a fault of the plan: the client of NATS
   * may end a connection again that it has just restored. The outcome of the call may be unknown,
   * and tasks in flight are lost until their leases end.
   */
  public record Reconnect() implements Met {}

  /** The harm to the first exchange of this kind in an operation. */
  public record Harmed(Exchange exchange, Harm harm) implements Met {

    /** Whether the request took effect, without the knowledge of the client. */
    public boolean tookEffect() {
      return harm == Harm.CONFIRMATION_LOST;
    }

    @Override
    public String toString() {
      return exchange + " " + harm;
    }
  }

  /**
   * One operation.
   *
   * @param met the event that coincided with it; null for none
   * @param delivery the number of its delivery, from 0 in the order of the plan; -1 if it has none
   * @param observed the remaining lease of that delivery just before; -1 if it was not read
   * @param drain whether it belongs to the final drain
   * @param wallMicros the time by the wall clock from the beginning of the plan to the end of the
   *     operation
   * @param counts the statistics of the partitions afterwards
   */
  public record Event(
      int index,
      Step step,
      @Nullable Met met,
      int delivery,
      Span time,
      Remaining observed,
      boolean drain,
      long wallMicros,
      Outcome outcome,
      List<Count> counts) {

    /** The harm to one of its exchanges; null for none. */
    public @Nullable Harmed harmed() {
      return met instanceof Harmed harmed ? harmed : null;
    }
  }

  /** An operation took place at some moment from {@code before} to {@code after}. */
  public record Span(long before, long after) {}

  /**
   * The value of {@code leaseRemaining} at some moment of the span; {@code nanos} is -1 if it was
   * not read.
   */
  public record Remaining(Span time, long nanos) {
    public static final Remaining NOT_ASKED = new Remaining(new Span(0, 0), -1);
  }

  /** The statistics of a partition at some moment of the span. */
  public record Count(int partition, Span time, Stats stats) {}

  /** The result of an operation. */
  public sealed interface Outcome {}

  /** The step had nothing to do, or has no result. */
  public record Done() implements Outcome {}

  public record Threw(String type, String message) implements Outcome {
    public static Threw of(Throwable error) {
      return new Threw(error.getClass().getSimpleName(), String.valueOf(error.getMessage()));
    }
  }

  public enum Pushed {
    STORED,
    DUPLICATE,
    FULL,
    /** The task may be stored or not. */
    UNKNOWN,
    FAILED
  }

  /** One task of a push. The payload names the push: no two pushes of a plan have the same. */
  public record Pushing(
      String id,
      String payload,
      Map<String, String> headers,
      int priority,
      Pushed result,
      String detail) {}

  /**
   * A push of one or more tasks.
   *
   * @param reportedIds the ids that the answer named, in its order
   */
  public record Stored(List<Pushing> tasks, List<String> reportedIds) implements Outcome {}

  /** The state of a delivery when it was handed out. */
  public record Seen(
      int number,
      String taskId,
      String payload,
      Map<String, String> headers,
      String partition,
      int priority,
      int attempt,
      Remaining remaining) {}

  public record Pulled(List<Seen> deliveries) implements Outcome {}

  public record Settled(Settlement settlement) implements Outcome {}

  public record Extended(boolean restarted, Remaining remaining) implements Outcome {}

  /** A cancellation of the task with this payload. */
  public record Cancelled(String payload, boolean removed) implements Outcome {}

  public record Letter(
      String letterId,
      String taskId,
      String payload,
      Map<String, String> headers,
      int attempts,
      String reason) {}

  public record Redriven(Letter letter, boolean found) implements Outcome {}

  /** The removal of one dead letter. */
  public record Removed(Letter letter, boolean found) implements Outcome {}

  public record Purged(long count) implements Outcome {}

  public record DeadListed(List<Letter> letters) implements Outcome {}
}
