package dev.jetlane.conformance;

/** A family of rules: one property per rule, labelled with the rule's id and its words. */
interface Rules {

  /** Runs the rules of this test instance. */
  RuleRun rules();
}
