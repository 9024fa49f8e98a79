package dev.jetlane.nats.pull;

import io.nats.client.support.Status;
import java.util.Locale;

/** What the server says about a pull request where its codes do not tell. */
final class PullStatus {

  private PullStatus() {}

  /**
   * Whether all tasks of a request are on their way. A consumer with replicas says so, to a request
   * with a bound of bytes, before it sends the tasks, which wait for its replicas (nats-server
   * 2.15.1, measured by {@code ClusterTest}).
   */
  static boolean isBatchComplete(Status status) {
    return status.getCode() == Status.CONFLICT_CODE && says(status, "batch completed");
  }

  static boolean isTooLarge(Status status) {
    return status.getCode() == Status.CONFLICT_CODE && says(status, "exceeds maxbytes");
  }

  static boolean says(Status status, String text) {
    return String.valueOf(status.getMessage()).toLowerCase(Locale.ROOT).contains(text);
  }
}
