package dev.jetlane.benchmarks;

/**
 * What a rival did in a round.
 *
 * @param rival the value of its JMH parameter
 * @param round from 0
 * @param tasksPerSecond the score
 * @param bytesPerTask what all threads of the client allocated, from JMH's {@code gc} profiler
 * @param emptyPulls pulls that returned nothing
 */
record Measurement(
    String rival, int round, double tasksPerSecond, double bytesPerTask, long emptyPulls) {}
