// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.nats.layout.StreamMarks;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import io.nats.client.support.JsonValueUtils;
import io.nats.client.support.Status;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A server in this object: it stores messages, and answers the requests of JetStream's API from
 * them and from the consumers that the test gives it. It hands out no task. A test replaces single
 * answers.
 */
public final class AnsweringServer {

  /** The answer to a request. */
  public interface Answer {

    /**
     * Answers a request.
     *
     * @param body its body
     * @return JSON; null for no answer
     */
    @Nullable String to(String body);
  }

  /** A stored message. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Stored(
      String stream, long sequence, String subject, Headers headers, byte[] body, Instant time) {}

  /** A message that was sent: {@code headers} is null if it had none. */
  public record Sent(String subject, @Nullable Headers headers, String body) {

    /**
     * Returns the first value of a header.
     *
     * @param name its name
     * @return its value; an empty text if it is missing
     */
    public String header(String name) {
      String value = headers == null ? null : headers.getFirst(name);
      return value == null ? "" : value;
    }
  }

  /** The answer to a message that no stream takes. */
  public static final String NO_RESPONDERS = "no responders";

  private static final String PREFIX = "$JS.API.";

  private final ScriptedConnection script = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final String stream;
  private final Connection connection =
      proxy(Connection.class, (method, arguments) -> ofConnection(method, arguments));
  private final JetStreamManagement management =
      proxy(JetStreamManagement.class, new AnsweringManagement(this)::call);
  private final Map<String, Answer> answers = new ConcurrentSkipListMap<>();
  private final Map<String, String> streams = new ConcurrentSkipListMap<>();
  private final Map<String, String> consumers = new ConcurrentSkipListMap<>();
  private final List<Stored> messages = new CopyOnWriteArrayList<>();
  private final List<String> joins = new CopyOnWriteArrayList<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<Sent> sent = new CopyOnWriteArrayList<>();
  private volatile Predicate<Sent> silent = one -> false;
  private volatile @Nullable Function<Sent, String> ofMessages;
  private long sequence;

  private interface Calls {
    @Nullable Object to(Method method, Object[] arguments) throws Exception;
  }

  private static <T> T proxy(Class<T> type, Calls calls) {
    InvocationHandler handler =
        (self, method, arguments) ->
            switch (method.getName()) {
              case "hashCode" -> System.identityHashCode(self);
              case "equals" -> self == arguments[0];
              case "toString" -> type.getSimpleName();
              default -> calls.to(method, arguments == null ? new Object[0] : arguments);
            };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /**
   * Creates a server with an empty stream.
   *
   * @param stream its name; its dead letters are on subjects with {@code -dead.} in them
   */
  public AnsweringServer(String stream) {
    this.stream = stream;
    wire.bind(connection);
  }

  /**
   * Returns the connection to this server, bound.
   *
   * @return the wire
   */
  public Wire wire() {
    return wire;
  }

  /**
   * Returns the script of the connection.
   *
   * @return the script
   */
  public ScriptedConnection script() {
    return script;
  }

  /**
   * Returns the connection.
   *
   * @return the connection of {@link #wire}
   */
  public Connection connection() {
    return connection;
  }

  /**
   * Replaces the answers to requests.
   *
   * @param request the start of their subjects, without the prefix of the API
   * @param answer the answer
   */
  public void answer(String request, Answer answer) {
    answers.put(request, answer);
  }

  /**
   * Returns an error of the API.
   *
   * @param code such as 404
   * @param errorCode the code of JetStream
   * @return JSON
   */
  public static String error(int code, int errorCode) {
    return "{\"error\":{\"code\":%d,\"err_code\":%d,\"description\":\"planted\"}}"
        .formatted(code, errorCode);
  }

  /**
   * Sets the answers to all messages except settlements; none is stored.
   *
   * @param answer the answer
   */
  public void answerMessages(Function<Sent, String> answer) {
    ofMessages = answer;
  }

  /**
   * Loses the answers to messages.
   *
   * @param which the messages
   */
  public void silence(Predicate<Sent> which) {
    silent = which;
  }

  /**
   * Sets a stream.
   *
   * @param name its name
   * @param fields more fields of its configuration, each with a comma before it
   */
  public void stream(String name, String fields) {
    streams.put(name, fields);
  }

  /**
   * Sets a consumer of a stream.
   *
   * @param filter the subject that it reads
   * @param fields more fields of its information, each with a comma before it
   */
  public void consumer(String ofStream, String name, String filter, String fields) {
    String config =
        "\"config\":{\"durable_name\":\"%s\",\"filter_subject\":\"%s\",\"ack_policy\":\"explicit\"}";
    consumers.put(
        ofStream + "." + name,
        "{\"created\":\"2026-01-01T00:00:00Z\",\"stream_name\":\"%s\",\"name\":\"%s\","
                .formatted(ofStream, name)
            + config.formatted(name, filter)
            + fields
            + "}");
  }

  /** Sets the number of priorities in the description of a consumer. */
  public void mark(String consumer, int priorities) {
    String mark = "{\"description\":\"" + StreamMarks.ofPriorities(priorities) + "\",\"durable";
    consumers.computeIfPresent(consumer, (name, info) -> info.replace("{\"durable", mark));
  }

  /**
   * Stores a message with a payload of one byte.
   *
   * @param subject its subject
   * @param headers its headers
   * @param time when it was stored
   * @return its place
   */
  public long store(String subject, Headers headers, Instant time) {
    return store(subject, headers, new byte[] {'b'}, time);
  }

  /**
   * Stores a message.
   *
   * @param subject its subject
   * @param headers its headers
   * @param body its payload
   * @param time when it was stored
   * @return its place
   */
  public synchronized long store(String subject, Headers headers, byte[] body, Instant time) {
    String name = subject.contains("-dead.") ? stream + "-dead" : stream;
    messages.add(new Stored(name, ++sequence, subject, headers, body, time));
    return sequence;
  }

  /**
   * Returns the stored messages.
   *
   * @return their subjects, in order
   */
  public List<String> subjects() {
    return messages.stream().map(Stored::subject).toList();
  }

  /**
   * Returns the requests to the API.
   *
   * @return for each its subject without the prefix, a blank, and its body
   */
  public List<String> asked() {
    return List.copyOf(asked);
  }

  /**
   * Returns the messages that were sent.
   *
   * @return a copy, in order
   */
  public List<Sent> sent() {
    return List.copyOf(sent);
  }

  /**
   * Returns the bodies of the settlements.
   *
   * @return a copy, in order
   */
  public List<String> settlements() {
    return sent.stream()
        .filter(one -> one.subject().startsWith("$JS.ACK."))
        .map(Sent::body)
        .toList();
  }

  /** Forgets the requests and the sent messages. */
  public void forget() {
    asked.clear();
    sent.clear();
    script.forgetCalls();
  }

  /**
   * Returns the names of the methods by which the client joined and left the connection.
   *
   * @return a copy, in order
   */
  public List<String> joins() {
    return List.copyOf(joins);
  }

  private @Nullable Object ofConnection(Method method, Object[] arguments) throws Exception {
    if (method.getName().matches("close|(add|remove)ConnectionListener")) {
      joins.add(method.getName());
      return null;
    }
    return switch (method.getName()) {
      case "jetStreamManagement" -> management;
      case "requestWithTimeout" -> {
        String subject = ((String) arguments[0]).substring(PREFIX.length());
        String answer = api(subject, text((byte[]) arguments[1]));
        yield answer == null
            ? new CompletableFuture<Message>()
            : CompletableFuture.completedFuture(message("", answer));
      }
      default -> ofScript(method, arguments);
    };
  }

  private @Nullable Object ofScript(Method method, Object[] arguments) throws Exception {
    try {
      Object result = method.invoke(script.connection(), arguments);
      if (method.getName().equals("publish")) {
        published(arguments);
      }
      return result;
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static Message message(String subject, String body) {
    return ScriptedConnection.message(subject, "", body.getBytes(StandardCharsets.UTF_8), null);
  }

  private void published(Object[] arguments) throws InterruptedException {
    String replyTo = arguments.length > 2 && arguments[1] instanceof String reply ? reply : "";
    Object last = arguments[arguments.length - 2];
    byte[] body = (byte[]) arguments[arguments.length - 1];
    Headers headers = last instanceof Headers some ? some : null;
    Sent one = new Sent((String) arguments[0], headers, text(body));
    sent.add(one);
    if (replyTo.isEmpty() || one.subject().startsWith(PREFIX) || silent.test(one)) {
      return;
    }
    String answer =
        one.subject().startsWith("$JS.ACK.") ? "" : accept(one, body, answerOf(one.subject()));
    if (answer != null) {
      String all = replyTo.substring(0, replyTo.lastIndexOf('.') + 1) + "*";
      boolean heard = !answer.equals(NO_RESPONDERS);
      Status end = heard ? null : new Status(Status.NO_RESPONDERS_CODE, NO_RESPONDERS);
      byte[] text = answer.getBytes(StandardCharsets.UTF_8);
      script.handle(all, ScriptedConnection.message(replyTo, "", text, end));
    }
  }

  private @Nullable Answer answerOf(String subject) {
    return answers.entrySet().stream()
        .filter(each -> subject.startsWith(each.getKey()))
        .reduce((first, longer) -> longer)
        .map(Map.Entry::getValue)
        .orElse(null);
  }

  private synchronized @Nullable String accept(Sent one, byte[] body, @Nullable Answer planted) {
    Function<Sent, String> all = ofMessages;
    if (all != null) {
      return all.apply(one);
    }
    if (planted != null) {
      return planted.to(one.body());
    }
    String id = one.header(WireHeaders.MESSAGE_ID);
    for (Stored each : messages) {
      if (!id.isEmpty() && id.equals(each.headers.getFirst(WireHeaders.MESSAGE_ID))) {
        return "{\"stream\":\"%s\",\"seq\":%d,\"duplicate\":true}".formatted(stream, each.sequence);
      }
    }
    if (!one.header(WireHeaders.EXPECTED_LAST_ID).isEmpty()) {
      return error(400, 10070);
    }
    boolean mustBeEmpty = !one.header(WireHeaders.EXPECTED_LAST_ON_SUBJECT).isEmpty();
    if (mustBeEmpty && subjects().contains(one.subject())) {
      return error(400, 10071);
    }
    Headers headers = one.headers() == null ? new Headers() : one.headers();
    messages.add(new Stored(stream, ++sequence, one.subject(), headers, body, Instant.now()));
    return "{\"stream\":\"%s\",\"seq\":%d}".formatted(stream, sequence);
  }

  /** Answers a request to the API; null for no answer. */
  @Nullable String api(String subject, String body) {
    asked.add(subject + " " + body);
    Answer planted = answerOf(subject);
    if (planted != null) {
      return planted.to(body);
    }
    String[] tokens = subject.split("\\.", 3);
    String rest = tokens[2];
    JsonValue json = body.startsWith("{") ? JsonParser.parseUnchecked(body) : JsonValue.EMPTY_MAP;
    return switch (tokens[0] + "." + tokens[1]) {
      case "STREAM.INFO" -> info(rest, json);
      case "STREAM.MSG" -> ofMessages(rest, json);
      case "STREAM.PURGE" -> purge(rest, JsonValueUtils.readString(json, "filter", ">"));
      case "CONSUMER.INFO" -> consumers.getOrDefault(rest, error(404, 10014));
      case "CONSUMER.DELETE" ->
          consumers.remove(rest) == null ? error(404, 10014) : "{\"success\":true}";
      default -> null;
    };
  }

  private String info(String name, JsonValue question) {
    if (!streams.containsKey(name)) {
      return error(404, 10059);
    }
    String filter = JsonValueUtils.readString(question, "subjects_filter", "");
    Map<String, Long> counts =
        matching(name, filter).stream()
            .collect(Collectors.groupingBy(Stored::subject, TreeMap::new, Collectors.counting()));
    boolean next = JsonValueUtils.readLong(question, "offset", 0) > 0;
    String subjects =
        next
            ? ""
            : counts.entrySet().stream()
                .map(each -> "\"" + each.getKey() + "\":" + each.getValue())
                .collect(Collectors.joining(","));
    return "{\"created\":\"2026-01-01T00:00:00Z\",\"total\":%d,\"config\":{\"name\":\"%s\"%s},\"state\":{\"messages\":%d,\"subjects\":{%s}}}"
        .formatted(counts.size(), name, streams.get(name), messages.size(), subjects);
  }

  /** Returns the messages of a stream on these subjects. */
  private List<Stored> matching(String name, String filter) {
    Pattern pattern =
        Pattern.compile(Pattern.quote(filter).replace("*", "\\E[^.]+\\Q").replace(">", "\\E.+\\Q"));
    return messages.stream()
        .filter(one -> one.stream.equals(name) && pattern.matcher(one.subject).matches())
        .toList();
  }

  private String ofMessages(String rest, JsonValue question) {
    String name = rest.substring(rest.indexOf('.') + 1);
    long from = JsonValueUtils.readLong(question, "seq", 0);
    if (rest.startsWith("DELETE")) {
      boolean removed = messages.removeIf(one -> one.stream.equals(name) && one.sequence == from);
      return removed ? "{\"success\":true}" : error(404, 10043);
    }
    List<Stored> found =
        new ArrayList<>(
            matching(
                name,
                JsonValueUtils.readString(
                    question,
                    "next_by_subj",
                    JsonValueUtils.readString(question, "last_by_subj", ">"))));
    if (JsonValueUtils.readString(question, "last_by_subj", null) != null) {
      Collections.reverse(found);
    }
    return found.stream()
        .filter(one -> one.sequence >= from)
        .findFirst()
        .map(AnsweringServer::json)
        .orElse(error(404, 10037));
  }

  /** Returns the consumers of a stream, as JSON. */
  List<String> consumers(String name) {
    asked.add("CONSUMER.LIST." + name + " ");
    return consumers.entrySet().stream()
        .filter(each -> each.getKey().startsWith(name + "."))
        .map(Map.Entry::getValue)
        .toList();
  }

  private static String json(Stored one) {
    Base64.Encoder base64 = Base64.getEncoder();
    return "{\"message\":{\"subject\":\"%s\",\"seq\":%d,\"hdrs\":\"%s\",\"data\":\"%s\",\"time\":\"%s\"}}"
        .formatted(
            one.subject,
            one.sequence,
            base64.encodeToString(one.headers.getSerialized()),
            base64.encodeToString(one.body),
            one.time);
  }

  private String purge(String name, String filter) {
    List<Stored> purged = matching(name, filter);
    messages.removeAll(purged);
    return "{\"success\":true,\"purged\":%d}".formatted(purged.size());
  }
}
