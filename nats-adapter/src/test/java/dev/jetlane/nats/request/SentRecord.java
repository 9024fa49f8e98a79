// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A request that records its tries and its end. Its answer is a text. */
final class SentRecord extends Request<String> {

  /** An answer that is worth another try. */
  static final String AGAIN = "again";

  private static final byte[] NO_BODY = {};

  private final String subject;

  /** The errors with which it left the table, null for a success: at most one. */
  final List<String> released = new CopyOnWriteArrayList<>();

  volatile int tries;
  volatile byte[] content = NO_BODY;
  volatile boolean timely = true;
  volatile boolean doneAtRelease;

  SentRecord(Repeat repeat, String subject) {
    super(repeat, Completion.none());
    this.subject = subject;
  }

  static SentRecord always() {
    return new SentRecord(Repeat.ALWAYS, "recorder");
  }

  @Override
  public String subject() {
    return subject;
  }

  /** Called once for each try. */
  @Override
  public byte[] body() {
    synchronized (released) {
      tries++;
    }
    return content;
  }

  @Override
  protected boolean isTimely() {
    return timely;
  }

  @Override
  protected String describe() {
    return "record";
  }

  @Override
  protected Answer<String> read(byte[] answer, int from, int length) {
    String text = new String(answer, from, length, StandardCharsets.US_ASCII);
    return text.equals(AGAIN) ? Answer.again(text) : Answer.value(text);
  }

  @Override
  protected void released(@Nullable TaskQueueException error) {
    doneAtRelease = isDone();
    released.add(error == null ? "success" : error.getClass().getSimpleName());
  }
}
