package dev.jetlane.conformance;

/** A rule is broken. The message begins with the rule's id. */
final class RuleViolation extends AssertionError {

  private static final long serialVersionUID = 1L;

  private final String rule;

  RuleViolation(String rule, String message) {
    super(rule + ": " + message);
    this.rule = rule;
  }

  String rule() {
    return rule;
  }
}
