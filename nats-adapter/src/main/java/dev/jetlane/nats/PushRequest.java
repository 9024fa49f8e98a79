package dev.jetlane.nats;

import dev.jetlane.PushReceipt;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stores a message in a stream; answered by the stream's acknowledgement. */
class PushRequest extends Request<PushReceipt> {

  /**
   * What starts a success, and what starts an error: the order of the fields is nats-server's own
   * (2.9 to 2.15).
   */
  private static final byte[] ERROR = "{\"error\"".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] STREAM = "{\"stream\"".getBytes(StandardCharsets.US_ASCII);

  private static final Pattern ERR_CODE = Pattern.compile("\"err_code\":\\s*(\\d+)");
  private static final Pattern CODE = Pattern.compile("\"code\":\\s*(\\d+)");
  private static final Pattern DESCRIPTION = Pattern.compile("\"description\":\\s*\"([^\"]*)\"");

  private static final int STORE_FAILED = 10077;
  private static final int UNAVAILABLE = 503;

  private final String taskId;
  private final String what;
  private final Runnable onReleased;

  PushRequest(
      String taskId,
      String what,
      String subject,
      Headers headers,
      byte[] body,
      Runnable onReleased) {
    super(subject, headers, body, true);
    this.taskId = taskId;
    this.what = what;
    this.onReleased = onReleased;
  }

  @Override
  String describe() {
    return what + taskId;
  }

  @Override
  void released() {
    onReleased.run();
  }

  @Override
  Answer<PushReceipt> read(Message message) {
    byte[] json = message.getData();
    if (startsWith(json, STREAM)) {
      return Answer.value(new PushReceipt(taskId, isDuplicate(json)));
    }
    String text = new String(json, StandardCharsets.UTF_8);
    if (!startsWith(json, ERROR)) {
      return Answer.error(
          new QueueUnavailableException(
              describe() + ": something that is not a stream answered", null));
    }
    int errCode = number(ERR_CODE, text);
    Matcher matcher = DESCRIPTION.matcher(text);
    String description = (matcher.find() ? matcher.group(1) : text) + " (" + errCode + ")";
    if (errCode == STORE_FAILED && description.contains("maximum")) {
      return Answer.error(new QueueFullException(describe() + ": " + description, null));
    }
    if (number(CODE, text) == UNAVAILABLE && errCode != STORE_FAILED) {
      return Answer.again(description);
    }
    return Answer.error(new QueueUnavailableException(describe() + ": " + description, null));
  }

  private static int number(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  private static boolean startsWith(byte[] text, byte[] prefix) {
    return text.length >= prefix.length
        && Arrays.equals(text, 0, prefix.length, prefix, 0, prefix.length);
  }

  /**
   * The field is there only if it is true, and no field has a name with quotes in it. Nearly every
   * acknowledgement ends with the sequence number, and its last bytes alone say so.
   */
  private static boolean isDuplicate(byte[] acknowledgement) {
    int last = acknowledgement.length - 2;
    boolean endsWithNumber =
        last >= 0 && acknowledgement[last] >= '0' && acknowledgement[last] <= '9';
    return !endsWithNumber
        && new String(acknowledgement, StandardCharsets.US_ASCII).contains("\"duplicate\"");
  }
}
