// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.PushReceipt;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.driver.Completion;
import dev.jetlane.nats.layout.HeaderValue;
import dev.jetlane.nats.wire.ByteSink;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Stores a message in a stream. The answer is the acknowledgement of the stream. */
public class StoreRequest extends Request<PushReceipt> {

  /**
   * The starts of an error and of a success. The order of the fields is that of nats-server (2.9 to
   * 2.15).
   */
  private static final byte[] ERROR = "{\"error\"".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] STREAM = "{\"stream\"".getBytes(StandardCharsets.US_ASCII);

  /** More digits are not a code, but may come from another program. */
  private static final Pattern ERR_CODE = Pattern.compile("\"err_code\":\\s*(\\d{1,9})");

  private static final Pattern CODE = Pattern.compile("\"code\":\\s*(\\d{1,9})");
  private static final Pattern DESCRIPTION = Pattern.compile("\"description\":\\s*\"([^\"]*)\"");

  private static final int STORE_FAILED = 10077;

  /**
   * The codes for the conditions on the last message of the subject, and on the last id of the
   * stream.
   */
  private static final int WRONG_LAST_SEQUENCE = 10071;

  private static final int WRONG_LAST_SEQUENCE_TOO = 10164;

  protected static final int WRONG_LAST_ID = 10070;

  /** The codes for a reached limit of the account or the server: resources, storage, memory. */
  private static final Set<Integer> NO_STORAGE = Set.of(10002, 10023, 10028, 10047);

  private static final int UNAVAILABLE = 503;

  /** The code for a message id that a cluster is still replicating: the next answer is final. */
  private static final int ID_IN_PROCESS = 10158;

  /**
   * The largest block of headers, because its length is a uint16 in the server's store (2.9 to
   * 2.15).
   */
  private static final int MAX_HEADERS = 65_535;

  /** The begin of the names of the server's own headers. */
  private static final String OF_SERVER = "Nats-";

  private final String taskId;
  private final String what;
  private final String subject;

  /** All headers except those that a subclass writes. */
  final Map<String, String> headers;

  private final byte[] body;

  /** The block of headers, which is written as often as the request is sent. */
  private byte @Nullable [] serialized;

  /**
   * Creates a request that stores a message.
   *
   * @param what the name of the request in errors, before the task id
   * @param headers all headers, in order
   */
  public StoreRequest(
      String taskId, String what, String subject, Map<String, String> headers, byte[] body) {
    this(taskId, what, subject, headers, body, Completion.none());
  }

  /** Creates a request with a completion. */
  protected StoreRequest(
      String taskId,
      String what,
      String subject,
      Map<String, String> headers,
      byte[] body,
      Completion<? super PushReceipt> completion) {
    super(Repeat.WITHIN_DEDUP_WINDOW, completion);
    this.taskId = taskId;
    this.what = what;
    this.subject = subject;
    this.headers = headers;
    this.body = body;
  }

  @Override
  public String subject() {
    return subject;
  }

  @Override
  public byte[] body() {
    return body;
  }

  @Override
  public Headers headers() {
    Headers all = new Headers();
    headers.forEach((name, value) -> all.put(name, HeaderValue.encode(value)));
    return all;
  }

  /**
   * Encodes the headers. Values of another producer are written unencoded if they would become too
   * large for the server.
   */
  private byte[] serializedHeaders() {
    byte[] known = serialized;
    if (known == null) {
      byte[] encoded = serialized(HeaderValue::encode);
      known = encoded.length <= MAX_HEADERS ? encoded : serialized(value -> value);
      serialized = known;
    }
    return known;
  }

  /**
   * Writes UTF-8, because the names of another producer may not be ASCII. The headers of the server
   * come first: servers before 2.11.12 and 2.12.2 look for the first occurrence of a name, also
   * inside another header, and ignore it if no line begins there (stream.go, getHeader).
   */
  private byte[] serialized(UnaryOperator<String> encoding) {
    StringBuilder own = new StringBuilder();
    StringBuilder others = new StringBuilder();
    headers.forEach(
        (name, value) ->
            (name.startsWith(OF_SERVER) ? own : others)
                .append(name)
                .append(':')
                .append(encoding.apply(value))
                .append("\r\n"));
    return ("NATS/1.0\r\n" + own + others + "\r\n").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public int headerSize() {
    return serializedHeaders().length;
  }

  @Override
  public void writeHeaders(ByteSink sink) {
    sink.put(serializedHeaders());
  }

  @Override
  protected String describe() {
    return what + taskId;
  }

  @Override
  protected Answer<PushReceipt> read(byte[] answer, int from, int length) {
    if (startsWith(answer, from, length, STREAM)) {
      return Answer.value(new PushReceipt(taskId, isDuplicate(answer, from, length)));
    }
    String text = new String(answer, from, length, StandardCharsets.UTF_8);
    if (!startsWith(answer, from, length, ERROR)) {
      return Answer.error(
          new QueueRejectedException(
              describe() + ": the answer does not come from a stream", null));
    }
    int errCode = number(ERR_CODE, text);
    Matcher matcher = DESCRIPTION.matcher(text);
    String description = (matcher.find() ? matcher.group(1) : text) + " (" + errCode + ")";
    int code = number(CODE, text);
    if (NO_STORAGE.contains(errCode)
        || (errCode == STORE_FAILED && description.contains("maximum"))) {
      return full(description);
    }
    boolean later = code == UNAVAILABLE && errCode != STORE_FAILED;
    if (later || errCode == ID_IN_PROCESS) {
      return Answer.again(description);
    }
    return Answer.error(ServerRefusal.of(describe() + ": " + description, code, errCode, null));
  }

  /** Returns the answer for a limit of the stream. */
  protected Answer<PushReceipt> full(String description) {
    return Answer.error(new QueueFullException(describe() + ": " + description, null));
  }

  /** Returns the code of JetStream in an answer; 0 if the answer is not an error. */
  protected static int errCode(byte[] answer, int from, int length) {
    return startsWith(answer, from, length, STREAM)
        ? 0
        : number(ERR_CODE, new String(answer, from, length, StandardCharsets.UTF_8));
  }

  /** Returns whether the code means that a subject which must be empty has a message. */
  protected static boolean isTaken(int errCode) {
    return errCode == WRONG_LAST_SEQUENCE || errCode == WRONG_LAST_SEQUENCE_TOO;
  }

  private static int number(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  private static boolean startsWith(byte[] text, int from, int length, byte[] prefix) {
    return length >= prefix.length
        && Arrays.equals(text, from, from + prefix.length, prefix, 0, prefix.length);
  }

  /**
   * Returns whether the answer has the field {@code duplicate}. The field is present only if it is
   * true, and no value can contain its quoted name. Nearly every acknowledgement ends with the
   * sequence number, so its last bytes decide.
   */
  private static boolean isDuplicate(byte[] answer, int from, int length) {
    int last = from + length - 2;
    boolean endsWithNumber = last >= from && answer[last] >= '0' && answer[last] <= '9';
    return !endsWithNumber
        && new String(answer, from, length, StandardCharsets.US_ASCII).contains("\"duplicate\"");
  }
}
