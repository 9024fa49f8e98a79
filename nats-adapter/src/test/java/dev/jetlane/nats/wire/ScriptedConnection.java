package dev.jetlane.nats.wire;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.Statistics;
import io.nats.client.Subscription;
import io.nats.client.api.ServerInfo;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A connection of jnats without a server. It has one subscription, whose messages the test brings,
 * and records what is called.
 */
public final class ScriptedConnection {

  /** What a flush or a drain does before it returns. */
  public interface Exchange {

    /**
     * Does it.
     *
     * @throws TimeoutException if the server does not answer
     */
    void run() throws TimeoutException;
  }

  private static final String SERVER =
      "INFO {\"server_id\":\"S\",\"version\":\"2.15.0\",\"max_payload\":1048576}";

  private static final Object[] NONE = {};

  /** For what jnats runs on threads of a connection. */
  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "scripted-connection");
            thread.setDaemon(true);
            return thread;
          });

  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Queue<Message> messages = new ConcurrentLinkedQueue<>();
  private final Connection connection = proxy(Connection.class, this::ofConnection);
  private final Subscription subscription = proxy(Subscription.class, this::ofSubscription);
  private volatile Connection.Status status = Connection.Status.CONNECTED;
  private volatile boolean active = true;
  private volatile Exchange onExchange = () -> {};

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

  /** Forgets the calls. */
  public void forgetCalls() {
    calls.clear();
  }

  /** Loses the connection: what is published from now on is refused. */
  public void disconnect() {
    status = Connection.Status.RECONNECTING;
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
   * Brings a message to the subscription.
   *
   * @return the message
   */
  public Message bring() {
    Message message =
        proxy(
            Message.class,
            (method, arguments) -> {
              throw new UnsupportedOperationException(method);
            });
    messages.add(message);
    return message;
  }

  private @Nullable Object ofConnection(String method, Object[] arguments) throws Exception {
    switch (method) {
      case "getStatus":
        return status;
      case "getLastError":
        return null;
      case "getStatistics":
        return proxy(Statistics.class, (count, none) -> 0L);
      case "createInbox":
        return "_INBOX.scripted";
      case "getMaxPayload":
        return 1_048_576L;
      case "getServerInfo":
        return new ServerInfo(SERVER);
      case "getOptions":
        return Options.builder().executor(THREADS).build();
      case "createDispatcher":
        return proxy(Dispatcher.class, this::ofDispatcher);
      case "subscribe":
        active = true;
        return subscription;
      case "publish":
        calls.add("publish " + arguments[0]);
        if (status != Connection.Status.CONNECTED) {
          throw new IllegalStateException("not connected");
        }
        return null;
      case "flush":
        calls.add("flush");
        onExchange.run();
        return null;
      case "flushBuffer", "closeDispatcher":
        return null;
      default:
        throw new UnsupportedOperationException(method);
    }
  }

  private @Nullable Object ofDispatcher(String method, Object[] arguments) {
    return switch (method) {
      case "isActive" -> true;
      case "subscribe" -> subscription;
      default -> null;
    };
  }

  private @Nullable Object ofSubscription(String method, Object[] arguments) throws Exception {
    switch (method) {
      case "setPendingLimits":
        return null;
      case "getPendingMessageCount":
        return (long) messages.size();
      case "isActive":
        return active;
      case "nextMessage":
        return messages.poll();
      case "unsubscribe":
        calls.add("unsubscribe");
        active = false;
        return null;
      case "drain":
        calls.add("drain");
        onExchange.run();
        active = false;
        return CompletableFuture.completedFuture(true);
      default:
        throw new UnsupportedOperationException(method);
    }
  }
}
