// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.jetlane.TaskQueueException;
import io.nats.client.support.Status;
import java.util.Locale;

/**
 * Interprets the statuses of the server for the requests of one puller, by their codes, and by
 * their texts where a code is ambiguous. Used under the puller's lock.
 */
final class PullStatus {

  /** How long a server may take to serve requests after a reconnect, or to shut down. */
  private static final long IN_BETWEEN_NANOS = SECONDS.toNanos(10);

  private final PullContext context;
  private String last = "no answer";

  /** Whether the last request ended because the server is between two states. */
  private boolean between;

  PullStatus(PullContext context) {
    this.context = context;
  }

  /** Returns the text of the last status. */
  String last() {
    return last;
  }

  /** Returns whether the last request ended because the server is between two states. */
  boolean isBetween() {
    return between;
  }

  /** Records a status that affects later requests. */
  void saw(Status status) {
    if (isShutdown(status)) {
      context.status.shutDown();
    }
  }

  /** Interprets the status that ends a request. */
  PullEnd ended(Status status, int received) {
    saw(status);
    last = status.getMessageWithCode();
    PullEnd end = received > 0 ? PullEnd.OVER : endWithoutTasks(status);
    between = end == PullEnd.AGAIN;
    return end;
  }

  private PullEnd endWithoutTasks(Status status) {
    return switch (status.getCode()) {
      case Status.NOT_FOUND_CODE -> PullEnd.OVER;
      case Status.BAD_JS_REQUEST_CODE ->
          says(status, "requests pending") ? PullEnd.BUSY : PullEnd.OVER;
      case Status.NO_RESPONDERS_CODE -> {
        // A server that shuts down ends its API before its connections.
        if (context.monitor.reconnectedWithin(IN_BETWEEN_NANOS)
            || context.status.shutDownWithin(IN_BETWEEN_NANOS)) {
          yield PullEnd.AGAIN;
        }
        throw gone();
      }
      case Status.CONFLICT_CODE -> {
        boolean passing =
            isShutdown(status)
                || says(status, "leadership change")
                || says(status, "exceeded maxwaiting")
                || (says(status, "exceeded maxrequestexpires") && context.refusesLong());
        if (passing) {
          yield PullEnd.AGAIN;
        }
        throw context.unavailable(last);
      }
      default -> throw context.unavailable(last);
    };
  }

  /** Returns the error for a missing consumer: no server responds on its subject. */
  TaskQueueException gone() {
    return context.unavailable(
        "no responders on " + context.address.nextSubject + ": the partition is gone");
  }

  /**
   * Returns whether all tasks of a request are in flight. A consumer with replicas sends this
   * status for a request with a limit of bytes, before the tasks, which wait for its replicas
   * (nats-server 2.15.1, measured by {@code ClusterTest}).
   */
  static boolean isBatchComplete(Status status) {
    return status.getCode() == Status.CONFLICT_CODE && says(status, "batch completed");
  }

  private static boolean isShutdown(Status status) {
    return status.getCode() == Status.CONFLICT_CODE && says(status, "server shutdown");
  }

  static boolean isTooLarge(Status status) {
    return status.getCode() == Status.CONFLICT_CODE && says(status, "exceeds maxbytes");
  }

  private static boolean says(Status status, String text) {
    return String.valueOf(status.getMessage()).toLowerCase(Locale.ROOT).contains(text);
  }
}
