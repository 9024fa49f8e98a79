// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import io.nats.client.Connection;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Replaces some calls of a connection. */
public final class ReplacedCalls {

  /** What a call does instead. */
  public interface Call {

    /**
     * Runs instead of the call.
     *
     * @param arguments the arguments; empty if there are none
     * @return the result of the call
     */
    @Nullable Object run(Object[] arguments) throws Exception;
  }

  private static final Object[] NONE = {};

  private final Map<String, Call> replaced = new ConcurrentHashMap<>();
  private final Connection connection;

  /**
   * Replaces nothing yet.
   *
   * @param base receives all other calls
   */
  public ReplacedCalls(Connection base) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          Call call = replaced.get(method.getName());
          if (call != null) {
            return call.run(arguments == null ? NONE : arguments);
          }
          if (method.getName().equals("equals")) {
            return proxy == arguments[0];
          }
          try {
            return method.invoke(base, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
          }
        };
    connection =
        (Connection)
            Proxy.newProxyInstance(
                ReplacedCalls.class.getClassLoader(), new Class<?>[] {Connection.class}, handler);
  }

  /**
   * Replaces a method, with all its overloads.
   *
   * @param method its name
   * @param call what it does from now on
   * @return this
   */
  public ReplacedCalls with(String method, Call call) {
    replaced.put(method, call);
    return this;
  }

  /**
   * Returns the connection.
   *
   * @return the same one each time
   */
  public Connection connection() {
    return connection;
  }

  /**
   * Returns a future as the result of a call.
   *
   * @param future the future
   * @return the same object
   */
  public static Object result(Object future) {
    return future;
  }
}
