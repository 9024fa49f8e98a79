// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

/** A family of rules: one property per rule, labelled with the id and the text of the rule. */
public interface Rules {

  /** Runs the rules of this test instance. */
  RuleRun rules();
}
