// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import java.util.ArrayList;
import java.util.List;

/** The stack traces of running handlers, for a test that waits too long. */
final class HandlerStacks {

  private static final String OURS = "dev.jetlane.";

  private HandlerStacks() {}

  /** Describes the platform threads on which a worker runs user code, each with its stack. */
  static String describe() {
    StringBuilder text = new StringBuilder();
    Thread.getAllStackTraces()
        .forEach(
            (thread, stack) -> {
              List<StackTraceElement> called = calledByUs(stack);
              if (!called.isEmpty()) {
                text.append("\nhandler on thread ").append(thread.getName()).append(':');
                called.forEach(frame -> text.append("\n    at ").append(frame));
              }
            });
    return text.toString();
  }

  /** Returns the frames that this library called; none if no user code is among them. */
  private static List<StackTraceElement> calledByUs(StackTraceElement[] stack) {
    List<StackTraceElement> above = new ArrayList<>();
    boolean users = false;
    for (StackTraceElement frame : stack) {
      String name = frame.getClassName();
      if (name.startsWith(OURS)) {
        return users ? above : List.of();
      }
      users |= !name.startsWith("java.") && !name.startsWith("jdk.") && !name.startsWith("sun.");
      above.add(frame);
    }
    return List.of();
  }
}
