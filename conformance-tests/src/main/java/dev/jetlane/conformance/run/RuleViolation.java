// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import java.util.Arrays;

/** A rule is broken. The message begins with the rule's id. */
public final class RuleViolation extends AssertionError {

  private static final long serialVersionUID = 1L;

  private final String rule;

  RuleViolation(String rule, String message) {
    super(rule + ": " + message);
    this.rule = rule;
    cutBelowRule(this);
  }

  /** Creates the violation of a rule by an unexpected exception. */
  RuleViolation(String rule, Exception unexpected) {
    this(rule, "expected a result, and got " + unexpected);
    cutBelowRule(unexpected);
    initCause(unexpected);
  }

  public String rule() {
    return rule;
  }

  /** Removes the stack frames below the rule: about fifty frames of jqwik. */
  private static void cutBelowRule(Throwable thrown) {
    thrown.setStackTrace(
        Arrays.stream(thrown.getStackTrace())
            .takeWhile(frame -> !frame.getClassName().startsWith("net.jqwik."))
            .filter(frame -> !frame.getClassName().contains(".reflect."))
            .toArray(StackTraceElement[]::new));
  }
}
