// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.request.JetStreamApi;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Detects two streams with the same subjects: two deployments with one subject prefix.
 *
 * <p>A server refuses the second one, unless both are created at the same moment: then 2.10 and
 * 2.15 accept both, and store each task twice (measured: 7 and 16 times of 20). So a client checks
 * again after it created a stream. The younger stream is deleted; a task that was stored in the
 * meantime is in the older one too.
 */
public final class SubjectOverlap {

  static final int SUBJECTS_OVERLAP = 10065;
  private static final int NAME_IN_USE = 10058;

  private final JetStreamApi api;

  SubjectOverlap(JetStreamApi api) {
    this.api = api;
  }

  /** Creates a stream, unless one with its name exists, possibly with other settings. */
  void create(StreamConfiguration wanted, long deadlineNanos) {
    ApiOutcome outcome = new ApiOutcome(NAME_IN_USE, SUBJECTS_OVERLAP);
    api.change(
        "create stream " + wanted.getName(),
        "STREAM.CREATE." + wanted.getName(),
        deadlineNanos,
        management -> outcome.of(() -> management.addStream(wanted)));
    if (outcome.code() == SUBJECTS_OVERLAP) {
      List<String> others = others(wanted, deadlineNanos);
      throw overlap(wanted, others.isEmpty() ? "another stream" : "stream " + others.get(0));
    }
  }

  /**
   * Checks that no older stream has the same subjects.
   *
   * @throws ConfigDriftException if there is one
   */
  void requireNone(StreamConfiguration wanted, StreamInfo mine, long deadlineNanos) {
    for (String other : others(wanted, deadlineNanos)) {
      StreamInfo theirs = info(other, deadlineNanos);
      if (theirs != null && isOlder(theirs, mine)) {
        if (mine.getStreamState().getMsgCount() == 0) {
          remove(wanted.getName(), deadlineNanos);
        }
        throw overlap(wanted, "stream " + other);
      }
    }
  }

  private static boolean isOlder(StreamInfo theirs, StreamInfo mine) {
    int order = theirs.getCreateTime().compareTo(mine.getCreateTime());
    return order < 0
        || (order == 0
            && theirs.getConfiguration().getName().compareTo(mine.getConfiguration().getName())
                < 0);
  }

  /** Returns the other streams with subjects of this one; none if this client may not list them. */
  private List<String> others(StreamConfiguration wanted, long deadlineNanos) {
    try {
      List<String> names =
          api.ask(
              "search for streams with subjects of " + wanted.getName(),
              "STREAM.NAMES",
              deadlineNanos,
              management -> management.getStreamNames(wanted.getSubjects().get(0)));
      return names == null
          ? List.of()
          : names.stream().filter(name -> !name.equals(wanted.getName())).sorted().toList();
    } catch (PermissionDeniedException e) {
      return List.of();
    }
  }

  private @Nullable StreamInfo info(String name, long deadlineNanos) {
    try {
      return api.streamInfo(name, deadlineNanos);
    } catch (PermissionDeniedException e) {
      return null;
    }
  }

  private void remove(String name, long deadlineNanos) {
    try {
      api.change(
          "remove stream " + name,
          "STREAM.DELETE." + name,
          deadlineNanos,
          management -> management.deleteStream(name),
          JetStreamApi.STREAM_NOT_FOUND);
    } catch (TaskQueueException e) {
      // The stream stays, and the next client that opens it gets the error again.
    }
  }

  private static ConfigDriftException overlap(StreamConfiguration wanted, String with) {
    return new ConfigDriftException(
        "stream "
            + wanted.getName()
            + " cannot have the subjects "
            + String.join(", ", wanted.getSubjects())
            + ": they overlap with those of "
            + with
            + ". Give each deployment on a server its own stream and its own subject prefix",
        null);
  }
}
