// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import java.lang.reflect.Proxy;

/** Broken listeners. They must not harm a queue. */
public final class BrokenListener {

  private BrokenListener() {}

  /** Returns a listener that throws at every event, an Error if requested. */
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

  /** Returns a listener that returns null instead of the task to push. */
  static QueueListener losing() {
    return new QueueListener() {
      @Override
      @SuppressWarnings("NullAway") // Returning null is forbidden; this listener does it anyway.
      public Task pushing(String partition, Task task) {
        return null;
      }
    };
  }

  /** Has no stack trace, because a queue would log it. */
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
