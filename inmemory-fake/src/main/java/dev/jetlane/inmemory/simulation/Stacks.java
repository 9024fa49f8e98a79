package dev.jetlane.inmemory.simulation;

/** Failures that show where a thread is. */
final class Stacks {

  private Stacks() {}

  static AssertionError failure(String what, StackTraceElement[] where) {
    StringBuilder text = new StringBuilder(what).append(':');
    for (StackTraceElement frame : where) {
      if (!frame.getClassName().startsWith(Stacks.class.getPackageName())) {
        text.append("\n    at ").append(frame);
      }
    }
    return new AssertionError(text.toString());
  }
}
