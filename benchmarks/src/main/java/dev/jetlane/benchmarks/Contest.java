package dev.jetlane.benchmarks;

import java.util.List;
import java.util.Map;

/**
 * Rivals that do the same work, to be measured beside each other.
 *
 * @param title what the work is
 * @param benchmark the JMH class
 * @param rivals in the order of the table
 * @param baseline the one of them that the ratios refer to
 * @param parameters further JMH parameters
 */
record Contest(
    String title,
    Class<?> benchmark,
    List<? extends Rival> rivals,
    Rival baseline,
    Map<String, String> parameters) {}
