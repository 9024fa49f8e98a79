package dev.jetlane.conformance.rules;

import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import java.lang.reflect.Proxy;

/** Listeners that a queue must survive. */
public final class BrokenListener {

  private BrokenListener() {}

  /** One that throws at every event, an Error if requested. */
  static QueueListener throwing(boolean error) {
    Object asAnObject = new Object();
    return (QueueListener)
        Proxy.newProxyInstance(
            QueueListener.class.getClassLoader(),
            new Class<?>[] {QueueListener.class},
            (self, method, arguments) -> {
              if (method.getDeclaringClass() == Object.class) {
                return method.invoke(asAnObject, arguments);
              }
              throw error ? new BrokenError() : new BrokenException();
            });
  }

  /** One that loses the tasks that it is asked about. */
  static QueueListener losing() {
    return new QueueListener() {
      @Override
      @SuppressWarnings("NullAway") // Forbidden, and done anyway.
      public Task pushing(String partition, Task task) {
        return null;
      }
    };
  }

  /** Without a stack trace, which a queue would log. */
  static final class BrokenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokenException() {
      super("a listener that throws on purpose", null, false, false);
    }
  }

  static final class BrokenError extends Error {
    private static final long serialVersionUID = 1L;

    BrokenError() {
      super("a listener that throws on purpose, an Error even", null, false, false);
    }
  }
}
