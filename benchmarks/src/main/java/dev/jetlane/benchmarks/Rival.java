package dev.jetlane.benchmarks;

/**
 * A way to do the work, to be measured beside others: a constant of an enum that is a JMH
 * parameter.
 */
interface Rival {

  /** The value of the JMH parameter {@code rival}. */
  String name();

  /** The name in a table. */
  String label();
}
