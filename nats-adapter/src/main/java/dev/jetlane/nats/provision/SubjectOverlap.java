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
 * Notices two streams that take the same subjects: two deployments with one subject prefix.
 *
 * <p>A server refuses the second one, unless both are created at the same moment: then 2.10 and
 * 2.15 take both, and store each task twice (measured: 7 and 16 times of 20). So whoever created a
 * stream looks again afterwards. The younger one goes; a task that was stored meanwhile is in the
 * older one too.
 */
public final class SubjectOverlap {

  static final int SUBJECTS_OVERLAP = 10065;
  private static final int NAME_IN_USE = 10058;

  private final JetStreamApi admin;

  SubjectOverlap(JetStreamApi admin) {
    this.admin = admin;
  }

  /** Creates a stream, unless there is one of its name, which may have other settings. */
  public void create(StreamConfiguration wanted) {
    String name = wanted.getName();
    boolean[] overlaps = new boolean[1];
    Object created =
        admin.ask(
            "create stream " + name,
            "STREAM.CREATE." + name,
            management -> {
              try {
                return management.addStream(wanted);
              } catch (io.nats.client.JetStreamApiException e) {
                overlaps[0] = e.getApiErrorCode() == SUBJECTS_OVERLAP;
                throw e;
              }
            },
            NAME_IN_USE,
            SUBJECTS_OVERLAP);
    if (created == null && overlaps[0]) {
      List<String> others = others(wanted);
      throw clash(wanted, others.isEmpty() ? "another stream" : "stream " + others.get(0));
    }
  }

  /**
   * Makes sure that no older stream takes the same subjects.
   *
   * @throws ConfigDriftException if there is one
   */
  void requireNone(StreamConfiguration wanted, StreamInfo mine) {
    for (String other : others(wanted)) {
      StreamInfo theirs = info(other);
      if (theirs != null && isOlder(theirs, mine)) {
        if (mine.getStreamState().getMsgCount() == 0) {
          remove(wanted.getName());
        }
        throw clash(wanted, "stream " + other);
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

  /** The other streams with subjects of this one; none if this client may not look. */
  private List<String> others(StreamConfiguration wanted) {
    try {
      List<String> names =
          admin.ask(
              "look for streams with subjects of " + wanted.getName(),
              "STREAM.NAMES",
              management -> management.getStreamNames(wanted.getSubjects().get(0)));
      return names == null
          ? List.of()
          : names.stream().filter(name -> !name.equals(wanted.getName())).sorted().toList();
    } catch (PermissionDeniedException e) {
      return List.of();
    }
  }

  private @Nullable StreamInfo info(String name) {
    try {
      return admin.ask(
          "look at stream " + name,
          "STREAM.INFO." + name,
          management -> management.getStreamInfo(name),
          JetStreamApi.STREAM_NOT_FOUND);
    } catch (PermissionDeniedException e) {
      return null;
    }
  }

  private void remove(String name) {
    try {
      admin.ask(
          "remove stream " + name,
          "STREAM.DELETE." + name,
          management -> management.deleteStream(name),
          JetStreamApi.STREAM_NOT_FOUND);
    } catch (TaskQueueException e) {
      // Then it stays, and the next one to open it is told again.
    }
  }

  private static ConfigDriftException clash(StreamConfiguration wanted, String with) {
    return new ConfigDriftException(
        "stream "
            + wanted.getName()
            + " cannot have the subjects "
            + String.join(", ", wanted.getSubjects())
            + ": they overlap with those of "
            + with
            + ". Give each deployment on a server a stream and a subject prefix of its own",
        null);
  }
}
