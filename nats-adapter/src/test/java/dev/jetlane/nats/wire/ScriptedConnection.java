// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.MessageHandler;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.Statistics;
import io.nats.client.Subscription;
import io.nats.client.api.ServerInfo;
import io.nats.client.impl.Headers;
import io.nats.client.support.Status;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A connection of jnats without a server. It has one subscription, whose messages the test brings,
 * and records the calls.
 */
public final class ScriptedConnection {

  /** The effect of a flush or a drain before it returns. */
  public interface Exchange {

    /**
     * Runs the effect.
     *
     * @throws TimeoutException if the server does not answer
     */
    void run() throws TimeoutException;
  }

  /** The effect of a publish before it returns. */
  public interface Publish {

    /**
     * Runs the effect on the thread of the call.
     *
     * @param replyTo the reply subject of this message or of the last one that had one; empty
     *     without one
     * @param body as text
     */
    void published(String replyTo, String body);
  }

  /**
   * A message that the connection accepted.
   *
   * @param subject its subject
   * @param replyTo its reply subject; empty without one
   * @param headers its headers; null without any
   * @param body as text
   */
  public record Published(String subject, String replyTo, @Nullable Headers headers, String body) {}

  private static final String SERVER = "INFO {\"server_id\":\"S\",\"max_payload\":1048576,%s}";

  /** The wait of a look for a message that has arrived. */
  private static final Duration INSTANT = Duration.ofNanos(1);

  private static final Object[] NONE = {};
  private static final Object DRAINED = CompletableFuture.completedFuture(true);

  /** Runs the tasks of jnats' threads. */
  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "scripted-connection");
            thread.setDaemon(true);
            return thread;
          });

  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final List<Published> published = new CopyOnWriteArrayList<>();
  private final Queue<Message> messages = new ConcurrentLinkedQueue<>();
  private final Queue<Duration> waits = new ConcurrentLinkedQueue<>();
  private final Connection connection = proxy(Connection.class, this::ofConnection);
  private final Subscription subscription = proxy(Subscription.class, this::ofSubscription);
  private volatile Connection.Status status = Connection.Status.CONNECTED;
  private volatile boolean active = true;
  private final AtomicInteger inboxes = new AtomicInteger();
  private final Map<String, MessageHandler> handlers = new ConcurrentHashMap<>();
  private volatile Exchange onExchange = () -> {};
  private volatile Publish onPublish = (replyTo, body) -> {};
  private volatile Runnable onCall = () -> {};
  private volatile Runnable onWait = () -> {};
  private volatile byte[] answer = {};
  private volatile String lastReplyTo = "";
  private volatile String information = "\"version\":\"2.15.0\"";

  private static <T> T proxy(Class<T> type, Answers answers) {
    InvocationHandler handler =
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "hashCode" -> System.identityHashCode(proxy);
              case "equals" -> proxy == arguments[0];
              case "toString" -> type.getSimpleName();
              default -> answers.to(method.getName(), arguments == null ? NONE : arguments);
            };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private interface Answers {
    @Nullable Object to(String method, Object[] arguments) throws Exception;
  }

  /**
   * Returns the connection.
   *
   * @return one that is connected at first
   */
  public Connection connection() {
    return connection;
  }

  /**
   * Returns the one subscription.
   *
   * @return one that is active at first
   */
  public Subscription subscription() {
    return subscription;
  }

  /**
   * Returns the calls that would reach a server, each with its subject if it has one.
   *
   * @return a copy, in order
   */
  public List<String> calls() {
    return List.copyOf(calls);
  }

  /**
   * Sets the information of the server.
   *
   * @param fields fields of JSON, one of them the version
   */
  public void information(String fields) {
    information = fields;
  }

  /**
   * Returns the messages that were accepted, with their contents.
   *
   * @return a copy, in order
   */
  public List<Published> published() {
    return List.copyOf(published);
  }

  /**
   * Returns how long the subscription was asked to wait for a message. No wait takes that long.
   *
   * @return a copy, in order
   */
  public List<Duration> waits() {
    return List.copyOf(waits);
  }

  /** Forgets the calls. */
  public void forgetCalls() {
    calls.clear();
    waits.clear();
    published.clear();
  }

  /** Loses the connection: later publishes are refused. */
  public void disconnect() {
    status = Connection.Status.RECONNECTING;
  }

  /** Closes the connection permanently: it then makes no dispatcher and no subscription. */
  public void close() {
    status = Connection.Status.CLOSED;
  }

  /** Connects again, without an event. */
  public void connect() {
    status = Connection.Status.CONNECTED;
  }

  /**
   * Returns the reply subject of the last message that was published with one.
   *
   * @return empty before the first one
   */
  public String lastReplyTo() {
    return lastReplyTo;
  }

  /**
   * Sets what each flush and each drain does from now on.
   *
   * @param exchange runs on the thread of the call
   */
  public void onExchange(Exchange exchange) {
    onExchange = exchange;
  }

  /**
   * Sets what each publish does from now on.
   *
   * @param publish runs on the thread of the call
   */
  public void onPublish(Publish publish) {
    onPublish = publish;
  }

  /**
   * Sets what each wait for a message does from now on.
   *
   * @param wait runs on the thread of the call
   */
  public void onWait(Runnable wait) {
    onWait = wait;
  }

  /**
   * Sets what each call of the management of jnats does before it fails without an answer.
   *
   * @param call runs on the thread of the call
   */
  public void onCall(Runnable call) {
    onCall = call;
  }

  /**
   * Sets the body of the answer to every request of jnats.
   *
   * @param body JSON
   */
  public void answer(String body) {
    answer = body.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Brings a message to the subscription.
   *
   * @return the message
   */
  public Message bring() {
    return bring("a", "", null);
  }

  /**
   * Brings a message, or a status, to the subscription.
   *
   * @param subject its subject
   * @param replyTo its reply subject; null without one
   * @param end the status; null for a message
   * @return the message
   */
  public Message bring(String subject, @Nullable String replyTo, @Nullable Status end) {
    Message message = message(subject, replyTo, new byte[0], end);
    bring(message);
    return message;
  }

  /**
   * Brings a message to the subscription.
   *
   * @param message the message
   */
  public void bring(Message message) {
    messages.add(message);
  }

  /** Removes the handlers of all subscriptions, as jnats does when they end. */
  public void endSubscriptions() {
    handlers.clear();
  }

  /**
   * Gives a message to the handler of the last subscription to a subject.
   *
   * @param subject the subject of the subscription
   * @param message the message
   */
  public void handle(String subject, Message message) throws InterruptedException {
    Objects.requireNonNull(handlers.get(subject), subject).onMessage(message);
  }

  /** Answers that no one listens on the subject of a request, to the handler of its inbox. */
  public void refuse(String replyTo) {
    Status unheard = new Status(Status.NO_RESPONDERS_CODE, "No Responders");
    try {
      handle(
          replyTo.substring(0, replyTo.lastIndexOf('.')) + ".*",
          message(replyTo, "", new byte[0], unheard));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Makes a message.
   *
   * @param subject its subject
   * @param replyTo its reply subject; null without one
   * @param body its body
   * @param end the status; null for a message
   * @return the message
   */
  public static Message message(
      String subject, @Nullable String replyTo, byte[] body, @Nullable Status end) {
    return proxy(
        Message.class,
        (method, arguments) ->
            switch (method) {
              case "getSubject" -> subject;
              case "getReplyTo" -> replyTo;
              case "getData" -> body;
              case "isStatusMessage" -> end != null;
              case "getStatus" -> end;
              case "hasHeaders" -> false;
              case "getHeaders" -> null;
              default -> throw new UnsupportedOperationException(method);
            });
  }

  private @Nullable Object ofConnection(String method, Object[] arguments) throws Exception {
    return switch (method) {
      case "getStatus" -> status;
      case "getLastError", "flushBuffer", "removeConnectionListener" -> null;
      case "getStatistics" -> proxy(Statistics.class, (count, none) -> 0L);
      case "createInbox" -> "_INBOX.scripted" + inboxes.incrementAndGet();
      case "getMaxPayload" -> 1_048_576L;
      case "getServerInfo" -> new ServerInfo(SERVER.formatted(information));
      case "getOptions" -> Options.builder().executor(THREADS).build();
      case "createDispatcher" -> {
        requireOpen();
        yield proxy(Dispatcher.class, this::ofDispatcher);
      }
      case "jetStreamManagement" -> proxy(JetStreamManagement.class, this::ofManagement);
      case "jetStream" -> proxy(JetStream.class, this::ofJetStream);
      case "publish" -> publish(arguments);
      case "subscribe" -> {
        requireOpen();
        active = true;
        yield subscription;
      }
      case "requestWithTimeout" -> {
        calls.add("request " + arguments[0]);
        yield CompletableFuture.completedFuture(message("answer", "", answer, null));
      }
      case "flush" -> {
        calls.add("flush");
        onExchange.run();
        yield null;
      }
      case "closeDispatcher" -> {
        calls.add("closeDispatcher");
        yield null;
      }
      default -> throw new UnsupportedOperationException(method);
    };
  }

  /** As the connection of jnats does. */
  private void requireOpen() {
    if (status == Connection.Status.CLOSED) {
      throw new IllegalStateException("Connection is Closed");
    }
  }

  private @Nullable Object publish(Object[] arguments) {
    calls.add("publish " + arguments[0]);
    if (status != Connection.Status.CONNECTED) {
      throw new IllegalStateException("not connected");
    }
    if (arguments.length >= 3 && arguments[1] instanceof String replyTo) {
      lastReplyTo = replyTo;
    }
    String body = new String((byte[]) arguments[arguments.length - 1], StandardCharsets.UTF_8);
    published.add(accepted(arguments, body));
    onPublish.published(lastReplyTo, body);
    return null;
  }

  private static Published accepted(Object[] arguments, String body) {
    String replyTo = "";
    Headers headers = null;
    for (int i = 1; i < arguments.length - 1; i++) {
      if (arguments[i] instanceof String text) {
        replyTo = text;
      } else if (arguments[i] instanceof Headers all) {
        headers = all;
      }
    }
    return new Published((String) arguments[0], replyTo, headers, body);
  }

  private Object ofManagement(String method, Object[] arguments) throws IOException {
    calls.add(method);
    onCall.run();
    throw new IOException("no answer");
  }

  /** A pull subscription of jnats, which fetches the messages that the test has brought. */
  private Object ofJetStream(String method, Object[] arguments) {
    PullSubscribeOptions bound = (PullSubscribeOptions) arguments[1];
    calls.add(method + " " + bound.getStream() + " " + bound.getName());
    return proxy(JetStreamSubscription.class, this::ofFetching);
  }

  private @Nullable Object ofFetching(String method, Object[] arguments) throws Exception {
    if (method.equals("fetch")) {
      calls.add("fetch " + arguments[0]);
      waits.add((Duration) arguments[1]);
      onExchange.run();
      List<Message> fetched = List.copyOf(messages);
      messages.clear();
      return fetched;
    }
    return ofSubscription(method, arguments);
  }

  private @Nullable Object ofDispatcher(String method, Object[] arguments) {
    if (method.equals("subscribe")) {
      calls.add("subscribe " + arguments[0]);
      handlers.put((String) arguments[0], (MessageHandler) arguments[1]);
      return subscription;
    }
    return switch (method) {
      case "isActive" -> true;
      case "drain" -> DRAINED;
      default -> null;
    };
  }

  private @Nullable Object ofSubscription(String method, Object[] arguments) throws Exception {
    return switch (method) {
      case "setPendingLimits" -> null;
      case "getPendingMessageCount" -> (long) messages.size();
      case "isActive" -> active;
      case "nextMessage" -> next((Duration) arguments[0]);
      case "unsubscribe" -> {
        calls.add("unsubscribe");
        active = false;
        yield null;
      }
      case "drain" -> {
        calls.add("drain");
        onExchange.run();
        active = false;
        yield DRAINED;
      }
      default -> throw new UnsupportedOperationException(method);
    };
  }

  /** Makes each wait short. As in jnats, an interrupt ends it before a message is taken. */
  private @Nullable Message next(Duration wait) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Message next = messages.poll();
    if (next == null && !wait.equals(INSTANT)) {
      waits.add(wait);
      onWait.run();
      LockSupport.parkNanos(100_000);
      next = messages.poll();
    }
    return next;
  }
}
