// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.NotSupportedException;
import dev.jetlane.PushReceipt;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.nats.wire.ByteSink;
import dev.jetlane.nats.wire.Frame;
import io.nats.client.NUID;
import io.nats.client.api.ServerInfo;
import io.nats.client.impl.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stores several messages in a stream, all of them or none. Only the last one is answered: if one
 * of them is a duplicate, the receipt is a duplicate too, and none is stored.
 *
 * <p>Each try is a new batch, because a server drops a batch of which it missed a message.
 */
public final class AtomicStore extends StoreRequest {

  /** The first server version that checks message ids in a batch. */
  public static final String FIRST_VERSION = "2.12.1";

  private static final byte[] NO_BODY = {};

  private static final int DISABLED = 10174;
  private static final int INCOMPLETE = 10176;
  private static final int LEVEL_TOO_HIGH = 10185;
  private static final int DUPLICATE = 10201;
  private static final int TOO_MANY_BATCHES = 10210;

  /** The code for a message id that a cluster is still storing. */
  private static final int DUPLICATE_ON_ITS_WAY = 10158;

  private final String taskId;
  private final List<? extends Frame> messages;
  private final PushWatch watch;
  private BatchMessage last;

  /**
   * @param taskId the id of the first task, for errors
   * @param messages at least one, in order; none of them is sent in another way
   * @param watch receives the outcome
   */
  public AtomicStore(String taskId, List<? extends Frame> messages, PushWatch watch) {
    super(
        taskId,
        "atomic push of " + messages.size() + " tasks from ",
        messages.get(messages.size() - 1).subject(),
        Map.of(),
        NO_BODY,
        Completion.none());
    this.taskId = taskId;
    this.messages = messages;
    this.watch = watch;
    last = message(messages.size(), "");
  }

  /** Returns whether a server has atomic batches. */
  public static boolean isPossibleOn(ServerInfo server) {
    return server.isSameOrNewerThanVersion(FIRST_VERSION);
  }

  private BatchMessage message(int sequence, String batchId) {
    boolean isLast = sequence == messages.size();
    return new BatchMessage(messages.get(sequence - 1), batchId, sequence, isLast);
  }

  @Override
  public List<Frame> before() {
    String batchId = NUID.nextGlobal();
    List<Frame> before = new ArrayList<>();
    for (int sequence = 1; sequence < messages.size(); sequence++) {
      before.add(message(sequence, batchId));
    }
    last = message(messages.size(), batchId);
    return before;
  }

  @Override
  public byte[] body() {
    return last.body();
  }

  @Override
  public int bodySize() {
    return last.bodySize();
  }

  @Override
  public void writeBody(ByteSink sink) {
    last.writeBody(sink);
  }

  @Override
  public Headers headers() {
    return last.headers();
  }

  @Override
  public int headerSize() {
    return last.headerSize();
  }

  @Override
  public void writeHeaders(ByteSink sink) {
    last.writeHeaders(sink);
  }

  @Override
  protected Answer<PushReceipt> read(byte[] answer, int from, int length) {
    int errCode = errCode(answer, from, length);
    if (errCode == DUPLICATE || isTaken(errCode)) {
      return Answer.value(new PushReceipt(taskId, true));
    }
    return switch (errCode) {
      case INCOMPLETE, TOO_MANY_BATCHES, DUPLICATE_ON_ITS_WAY ->
          Answer.again("the server did not accept the batch (" + errCode + ")");
      case DISABLED, LEVEL_TOO_HIGH ->
          Answer.error(
              new NotSupportedException(
                  describe()
                      + ": the stream does not allow atomic pushes ("
                      + errCode
                      + "): set allow_atomic"));
      default -> super.read(answer, from, length);
    };
  }

  @Override
  protected void released(@Nullable TaskQueueException error) {
    watch.released(error);
  }
}
