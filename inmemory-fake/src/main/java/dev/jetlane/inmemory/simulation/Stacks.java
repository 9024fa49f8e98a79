// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

/** Creates failures with the stack trace of another thread. */
final class Stacks {

  private Stacks() {}

  static AssertionError failure(String what, StackTraceElement[] where) {
    StringBuilder text = new StringBuilder(what).append(':');
    for (StackTraceElement frame : where) {
      String owner = frame.getClassName();
      if (!owner.equals(Scheduler.class.getName()) && !owner.equals(Carrier.class.getName())) {
        text.append("\n    at ").append(frame);
      }
    }
    return new AssertionError(text.toString());
  }
}
