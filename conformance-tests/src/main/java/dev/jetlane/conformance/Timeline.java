package dev.jetlane.conformance;

/** Draws a history. */
final class Timeline {

  private Timeline() {}

  static String write(String name, History history, Verdict verdict) {
    return name + history.events().size() + verdict.violations().size();
  }
}
