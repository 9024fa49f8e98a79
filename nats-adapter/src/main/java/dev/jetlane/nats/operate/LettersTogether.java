// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import dev.jetlane.DeadLetter;
import dev.jetlane.PushReceipt;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.HalfDone;
import dev.jetlane.nats.request.Request;
import dev.jetlane.nats.request.RequestTable;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Changes dead letters of one partition by requests that are sent together. The tasks of a group of
 * letters are stored; when all answers are there, the letters of the stored tasks are removed.
 * Thus, as for a single letter, a letter is never removed before its task is stored.
 */
final class LettersTogether {

  /** The tasks of a group have one deadline, so that they are no larger than one large task. */
  private static final int GROUP_BYTES = 1 << 20;

  private final Session session;
  private final PartitionAddress address;
  private final long stepNanos;

  /**
   * Sends no request.
   *
   * @param stepNanos the time for a group, and for each removal
   */
  LettersTogether(Session session, PartitionAddress address, long stepNanos) {
    this.session = session;
    this.address = address;
    this.stepNanos = stepNanos;
  }

  /**
   * Stores the tasks of letters, in order, and removes the letters. Ends with the first group that
   * has a failure, and throws it after the letters of the stored tasks of this group are removed.
   *
   * @return the ids of the letters that this call removed
   */
  List<String> store(List<LetterMessage> letters, Function<DeadLetter, StoreRequest> task) {
    List<String> changed = new ArrayList<>();
    for (int from = 0; from < letters.size(); ) {
      List<LetterMessage> group = group(letters, from);
      changed.addAll(storeGroup(group, task));
      from += group.size();
    }
    return changed;
  }

  private static List<LetterMessage> group(List<LetterMessage> letters, int from) {
    int to = from;
    long bytes = 0;
    do {
      bytes += letters.get(to++).message().payload().length;
    } while (to < letters.size()
        && bytes + letters.get(to).message().payload().length <= GROUP_BYTES);
    return letters.subList(from, to);
  }

  private List<String> storeGroup(
      List<LetterMessage> letters, Function<DeadLetter, StoreRequest> task) {
    long deadlineNanos = System.nanoTime() + stepNanos;
    List<Request<PushReceipt>> sent = send(letters, task, deadlineNanos);
    List<LetterMessage> stored = new ArrayList<>();
    @Nullable TaskQueueException failure = null;
    for (int i = 0; i < sent.size(); i++) {
      try {
        var unused = session.requests.await(sent.get(i), deadlineNanos);
        stored.add(letters.get(i));
      } catch (TaskQueueException e) {
        failure = failure == null ? e : failure;
      }
    }
    List<String> removed = HalfDone.rest(() -> remove(stored));
    if (failure != null) {
      throw failure;
    }
    return removed;
  }

  private List<Request<PushReceipt>> send(
      List<LetterMessage> letters, Function<DeadLetter, StoreRequest> task, long deadlineNanos) {
    List<Request<PushReceipt>> sent = new ArrayList<>();
    try (RequestTable.Batch batch = session.requests.batch()) {
      for (LetterMessage each : letters) {
        StoreRequest request = task.apply(each.letter());
        sent.add(
            sent.isEmpty()
                ? batch.send(request, deadlineNanos)
                : HalfDone.rest(() -> batch.send(request, deadlineNanos)));
      }
    }
    return sent;
  }

  /** Removes letters; returns the ids of those that this call removed. */
  List<String> remove(List<LetterMessage> letters) {
    List<String> removed = new ArrayList<>();
    if (!letters.isEmpty()) {
      List<Boolean> done =
          session.stored.remove(
              "remove dead letters of partition " + address.partition,
              address.deadStream,
              letters.stream().map(each -> each.message().sequence()).toList(),
              System.nanoTime() + stepNanos * letters.size());
      for (int i = 0; i < letters.size(); i++) {
        if (done.get(i)) {
          removed.add(letters.get(i).letter().id());
        }
      }
    }
    return removed;
  }
}
