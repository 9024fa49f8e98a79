package dev.jetlane.benchmarks;

/**
 * Where a partition lives on the server, as the server says itself: which stream a partition is in
 * is the queue's own business.
 *
 * @param index of the partition, from 0
 * @param partition its name
 * @param stream that holds its tasks
 * @param consumer that delivers them
 * @param subject that they are sent to
 */
record Place(int index, String partition, String stream, String consumer, String subject) {}
